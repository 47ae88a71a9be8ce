function Y = reluLayer(~, X)
%RELULAYER Negative values become 0.
%   Y = XVERIFY.LAYERS.RELULAYER(LAYER, X) is PyTorch's relu.
%
%   Inputs:
%     LAYER  step of a bundle, without attributes
%     X      single, of any size
%   Output:
%     Y      single, as X
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.reluLayer(layer, single([-1 2]));   % 0 2

Y = xverify.internal.layer_keep_nan(max(X, 0), X);
end

function Y = tanhLayer(~, X)
%TANHLAYER Hyperbolic tangent.
%   Y = XVERIFY.LAYERS.TANHLAYER(LAYER, X) is PyTorch's tanh.
%
%   Inputs:
%     LAYER  step of a bundle, without attributes
%     X      single, of any size
%   Output:
%     Y      single, as X
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.tanhLayer(layer, single([-Inf 0 Inf]));   % -1 0 1

Y = tanh(X);
end

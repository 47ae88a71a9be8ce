function Y = hardswishLayer(~, X)
%HARDSWISHLAYER Piecewise form of swish.
%   Y = XVERIFY.LAYERS.HARDSWISHLAYER(LAYER, X) is PyTorch's hardswish: X .* min(max(X + 3, 0), 6) / 6. MATLAB has no
%   such layer; the name follows its others.
%
%   Inputs:
%     LAYER  step of a bundle, without attributes
%     X      single, of any size
%   Output:
%     Y      single, as X
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.hardswishLayer(layer, single([-4 0 3]));   % 0 0 3

Y = X .* min(max(X + 3, 0), 6) / 6;
end

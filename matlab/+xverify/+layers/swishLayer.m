function Y = swishLayer(~, X)
%SWISHLAYER X times its sigmoid.
%   Y = XVERIFY.LAYERS.SWISHLAYER(LAYER, X) is PyTorch's silu.
%
%   Inputs:
%     LAYER  step of a bundle, without attributes
%     X      single, of any size
%   Output:
%     Y      single, as X
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.swishLayer(layer, single([-100 0 100]));   % 0 0 100

Y = X ./ (1 + exp(-X));
end

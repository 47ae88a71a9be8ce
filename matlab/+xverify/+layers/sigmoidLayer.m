function Y = sigmoidLayer(~, X)
%SIGMOIDLAYER Logistic function.
%   Y = XVERIFY.LAYERS.SIGMOIDLAYER(LAYER, X) is PyTorch's sigmoid.
%
%   Inputs:
%     LAYER  step of a bundle, without attributes
%     X      single, of any size
%   Output:
%     Y      single, as X
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.sigmoidLayer(layer, single([-Inf 0 Inf]));   % 0 0.5 1

Y = 1 ./ (1 + exp(-X));
end

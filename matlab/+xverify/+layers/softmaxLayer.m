function Y = softmaxLayer(layer, X)
%SOFTMAXLAYER Exponentials along one axis, divided by their sum.
%   Y = XVERIFY.LAYERS.SOFTMAXLAYER(LAYER, X) is PyTorch's softmax. Sums are double.
%
%   Inputs:
%     LAYER  step of a bundle: attribute dim, PyTorch's axis, from 0 or negative from the end; rank, PyTorch's of X
%     X      single, PyTorch's axes reversed
%   Output:
%     Y      single, as X
%
%   Example:
%     layer = struct('attributes', struct('dim', -1), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.softmaxLayer(layer, single([0 0; 0 Inf]));   % [0.5 NaN; 0.5 NaN], as in PyTorch

dim = xverify.internal.layer_dimension(layer.attributes.dim, layer.rank);
E = exp(X - max(X, [], dim));
Y = E ./ cast(sum(E, dim, 'double'), class(X));
end

function Y = flattenLayer(layer, X)
%FLATTENLAYER Joins spatial axes and channels to one axis of features.
%   Y = XVERIFY.LAYERS.FLATTENLAYER(LAYER, X) joins them in MATLAB's element order, as MATLAB's layer does. A fully
%   connected layer behind it has its columns in another order than PyTorch's.
%
%   Inputs:
%     LAYER  attribute order: 'C' for PyTorch's order (width fastest, channels slowest); rank, PyTorch's of X
%     X      single, height x width x channels x observations (with depth before the channels, or length instead)
%   Output:
%     Y      single, features x observations
%
%   Example:
%     X = single([1 2; 3 4]);
%     layer = struct('attributes', struct('order', 'C'), 'parameters', struct(), 'rank', 4);
%     xverify.layers.flattenLayer(layer, X)   % 1 2 3 4, one below the other; 1 3 2 4 without the attribute
%
%   See also xverify.layers.fullyConnectedLayer

if strcmp(xverify.internal.layer_option(layer, 'order', ''), 'C') && layer.rank > 3
  X = permute(X, [2 1 3:layer.rank]);
end
observations = size(X, layer.rank);
Y = reshape(X, [], observations);
end

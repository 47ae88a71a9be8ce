function Y = fullyConnectedLayer(layer, X)
%FULLYCONNECTEDLAYER Weights times the features, plus a bias.
%   Y = XVERIFY.LAYERS.FULLYCONNECTEDLAYER(LAYER, X) is PyTorch's linear: every axis of X but the first is carried
%   along.
%
%   Inputs:
%     LAYER  step of a bundle: parameters Weights (out x in) and, where there is one, Bias (out x 1)
%     X      single, in x ...
%   Output:
%     Y      single, out x ...
%
%   Errors: xverify:fullyConnectedLayer:channels if the first axis of X has not the columns of Weights.
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct('Weights', single([1 2]), 'Bias', single(5)), 'rank',
%     2); Y = xverify.layers.fullyConnectedLayer(layer, single([1; 10]));   % 26

W = layer.parameters.Weights;
if size(X, 1) ~= size(W, 2)
  error('xverify:fullyConnectedLayer:channels', 'X has %d features, Weights take %d.', size(X, 1), size(W, 2));
end
Y = W * reshape(X, size(X, 1), []);
bias = xverify.internal.layer_parameter(layer, 'Bias', []);
if ~isempty(bias)
  Y = Y + bias;
end
shape = size(X);
Y = reshape(Y, [size(W, 1) shape(2:end)]);
end

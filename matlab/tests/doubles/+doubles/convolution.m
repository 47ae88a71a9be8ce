function layer = convolution(type, count, filterSize, numFilters, arguments)
%CONVOLUTION What convolution1dLayer to convolution3dLayer have in common: Weights are filter size x channels x filters.

known = {'Stride', 'DilationFactor', 'Padding', 'Weights', 'Bias', 'BiasLearnRateFactor'};
layer = doubles.layer(type, arguments, known, @(s, X) forward(type, count, s, X));
doubles.require(layer, 'Weights', [reshape(filterSize, 1, []), NaN, numFilters]);
doubles.require(layer, 'Bias', [ones(1, count), numFilters]);
end

function Y = forward(type, count, s, X)
X = doubles.padded(X, doubles.option(s, 'Padding', 0), count, 0);
attributes = struct('stride', doubles.pytorch_order(doubles.option(s, 'Stride', 1), count), ...
  'dilation', doubles.pytorch_order(doubles.option(s, 'DilationFactor', 1), count));
Y = doubles.run_layer(type, attributes, struct('Weights', s.Weights, 'Bias', s.Bias), X);
end

function layer = transposed(type, count, filterSize, numFilters, arguments)
%TRANSPOSED What transposedConv1dLayer to transposedConv3dLayer have in common: Weights are filter size x filters x channels.

known = {'Stride', 'Cropping', 'Weights', 'Bias', 'BiasLearnRateFactor'};
layer = doubles.layer(type, arguments, known, @(s, X) forward(type, count, s, X));
doubles.require(layer, 'Weights', [reshape(filterSize, 1, []), numFilters, NaN]);
doubles.require(layer, 'Bias', [ones(1, count), numFilters]);
end

function Y = forward(type, count, s, X)
attributes = struct('stride', doubles.pytorch_order(doubles.option(s, 'Stride', 1), count));
Y = doubles.run_layer(type, attributes, struct('Weights', s.Weights, 'Bias', s.Bias), X);
[before, behind] = doubles.edges(doubles.option(s, 'Cropping', 0), count);
format = dims(Y);
data = extractdata(Y);
if strcmp(format, 'CBT')
  Y = dlarray(data(:, :, before(1) + 1:end - behind(1)), format);
elseif count == 2
  Y = dlarray(data(before(1) + 1:end - behind(1), before(2) + 1:end - behind(2), :, :), format);
else
  Y = dlarray(data(before(1) + 1:end - behind(1), before(2) + 1:end - behind(2), before(3) + 1:end - behind(3), :, :), format);
end
end

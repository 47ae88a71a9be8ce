function layer = groupedConvolution2dLayer(filterSize, numFilters, numGroups, varargin)
%GROUPEDCONVOLUTION2DLAYER A stand-in, see README.md. Weights are height x width x channels x filters x groups, of one group.

known = {'Stride', 'DilationFactor', 'Padding', 'Weights', 'Bias', 'BiasLearnRateFactor'};
layer = doubles.layer('groupedConvolution2dLayer', varargin, known, @(s, X) forward(s, X, numGroups));
channels = NaN;
if strcmp(numGroups, 'channel-wise')
  channels = 1;
  numGroups = NaN;
end
doubles.require(layer, 'Weights', [filterSize, channels, numFilters, numGroups]);
doubles.require(layer, 'Bias', [1, 1, numFilters, numGroups]);
end

function Y = forward(s, X, numGroups)
groups = size(s.Weights, 5);
if strcmp(numGroups, 'channel-wise') && groups ~= size(X, 3)
  error('doubles:layer:groups', 'channel-wise: %d groups, %d channels.', groups, size(X, 3));
end
X = doubles.padded(X, doubles.option(s, 'Padding', 0), 2, 0);
attributes = struct('stride', doubles.option(s, 'Stride', 1), 'dilation', doubles.option(s, 'DilationFactor', 1));
Y = doubles.run_layer('groupedConvolution2dLayer', attributes, struct('Weights', s.Weights, 'Bias', s.Bias), X);
end

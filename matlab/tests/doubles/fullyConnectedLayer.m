function layer = fullyConnectedLayer(outputSize, varargin)
%FULLYCONNECTEDLAYER A stand-in, see README.md. It joins space and channels first, and keeps time.

layer = doubles.layer('fullyConnectedLayer', varargin, {'Weights', 'Bias', 'BiasLearnRateFactor'}, @forward);
doubles.require(layer, 'Weights', [outputSize, NaN]);
doubles.require(layer, 'Bias', [outputSize, 1]);
end

function Y = forward(s, X)
X = doubles.flattened(X);
step = struct('attributes', struct(), 'parameters', struct('Weights', s.Weights, 'Bias', s.Bias), 'rank', 2);
Y = dlarray(xverify.layers.fullyConnectedLayer(step, extractdata(X)), dims(X));
end

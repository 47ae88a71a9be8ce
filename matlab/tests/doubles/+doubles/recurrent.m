function layer = recurrent(type, numHiddenUnits, rows, biasRows, arguments, known)
%RECURRENT What lstmLayer, bilstmLayer and gruLayer have in common: ROWS and BIASROWS of the parameters for each hidden unit.

known = [known, {'OutputMode', 'InputWeights', 'RecurrentWeights', 'Bias', 'BiasLearnRateFactor'}];
layer = doubles.layer(type, arguments, known, @(s, X) forward(type, s, X));
doubles.require(layer, 'InputWeights', [rows * numHiddenUnits, NaN]);
doubles.require(layer, 'RecurrentWeights', [rows * numHiddenUnits, numHiddenUnits]);
doubles.require(layer, 'Bias', [biasRows * numHiddenUnits, 1]);
end

function Y = forward(type, s, X)
if ~strcmp(dims(X), 'CBT')
  error('doubles:layer:format', '%s takes sequences, CBT, not %s.', type, dims(X));
end
parameters = struct('InputWeights', s.InputWeights, 'RecurrentWeights', s.RecurrentWeights, 'Bias', s.Bias);
step = struct('attributes', struct('elements', 0), 'parameters', parameters, 'rank', 3);
data = feval(['xverify.layers.' type], step, extractdata(X)); % channels x observations x time
if strcmp(s.OutputMode, 'last')
  Y = dlarray(data(:, :, end), 'CB');
else
  Y = dlarray(data, 'CBT');
end
end

function Y = run_layer(type, attributes, parameters, X)
%RUN_LAYER A forward pass of xverify.layers on a formatted array; the result has the same format.
%   Y = DOUBLES.RUN_LAYER(TYPE, ATTRIBUTES, PARAMETERS, X); sequences, C x B x T in MATLAB, go through as T x C x B.

data = extractdata(X);
format = dims(X);
isSequence = strcmp(format, 'CBT');
if isSequence
  data = permute(data, [3 1 2]);
end
step = struct('attributes', attributes, 'parameters', parameters, 'rank', numel(format));
Y = feval(['xverify.layers.' type], step, data);
if isSequence
  Y = permute(Y, [2 3 1]);
end
Y = dlarray(Y, format);
end

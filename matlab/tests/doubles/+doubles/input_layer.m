function layer = input_layer(type, inputSize, format, arguments)
%INPUT_LAYER What the input layers have in common: sizes are checked when data come.

layer = doubles.layer(type, arguments, {'Normalization', 'MinLength'}, @(s, X) accepted(type, inputSize, format, s, X));
layer.NumInputs = 0;
if ~strcmp(doubles.option(layer.Settings, 'Normalization', 'zerocenter'), 'none')
  error('doubles:layer:normalization', '%s would change its data.', layer.Name);
end
end

function X = accepted(type, inputSize, format, s, X)
sizes = size(X);
sizes(end + 1:numel(format)) = 1;
if ~strcmp(dims(X), format) || ~isequal(sizes(format == 'S' | format == 'C'), inputSize)
  error('doubles:input:size', '%s of %s got %s %s.', type, mat2str(inputSize), dims(X), mat2str(size(X)));
end
if size(X, 3) < doubles.option(s, 'MinLength', 1) && strcmp(format, 'CBT')
  error('doubles:input:length', '%d time steps, the least are %d.', size(X, 3), s.MinLength);
end
end

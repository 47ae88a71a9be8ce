function layer = normalization(type, arguments, known, attributes)
%NORMALIZATION What the normalizations have in common: parameters are 1 x 1 x C for images, C x 1 for features and sequences.

known = [known, {'Scale', 'Offset', 'Epsilon', 'ScaleLearnRateFactor', 'OffsetLearnRateFactor'}];
layer = doubles.layer(type, arguments, known, @(s, X) forward(type, attributes, s, X));
end

function Y = forward(type, attributes, s, X)
parameters = struct();
for name = {'Scale', 'Offset', 'TrainedMean', 'TrainedVariance'}
  if isfield(s, name{1})
    require_vector(name{1}, s.(name{1}), X);
    parameters.(name{1}) = s.(name{1});
  end
end
attributes.eps = s.Epsilon;
Y = doubles.run_layer(type, attributes, parameters, X);
end

function require_vector(name, value, X)
format = dims(X);
space = sum(format == 'S');
expected = [ones(1, space), size(X, find(format == 'C')), 1];
actual = size(value);
actual(end + 1:numel(expected)) = 1;
expected(end + 1:numel(actual)) = 1;
if ~isequal(actual, expected)
  error('doubles:layer:size', '%s is %s, documented for %s is %s.', name, mat2str(actual), format, mat2str(expected));
end
end

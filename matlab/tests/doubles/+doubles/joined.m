function Y = joined(dim, inputs)
%JOINED Formatted arrays, one behind the other along a dimension; [] stands for the channels.

format = dims(inputs{1});
if isempty(dim)
  dim = find(format == 'C');
end
if ~any(format(dim) == 'SC') || ~all(cellfun(@(X) strcmp(dims(X), format), inputs))
  error('doubles:layer:format', 'Arrays cannot be joined along dimension %d of %s.', dim, format);
end
data = cellfun(@(X) extractdata(X), inputs, 'UniformOutput', false);
Y = dlarray(cat(dim, data{:}), format);
end

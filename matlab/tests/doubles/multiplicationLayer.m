function layer = multiplicationLayer(numInputs, varargin)
%MULTIPLICATIONLAYER A stand-in, see README.md: sizes of 1 expand.

layer = doubles.layer('multiplicationLayer', varargin, {}, @forward);
layer.NumInputs = numInputs;
end

function Y = forward(~, varargin)
data = cellfun(@(X) extractdata(X), varargin, 'UniformOutput', false);
formats = unique(cellfun(@(X) dims(X), varargin, 'UniformOutput', false));
if numel(formats) > 1
  error('doubles:layer:format', 'A product of %s.', strjoin(formats, ' and '));
end
Y = dlarray(xverify.layers.multiplicationLayer(struct(), data{:}), formats{1});
end

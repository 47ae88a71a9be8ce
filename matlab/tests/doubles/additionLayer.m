function layer = additionLayer(numInputs, varargin)
%ADDITIONLAYER A stand-in, see README.md: of equal sizes.

layer = doubles.layer('additionLayer', varargin, {}, @forward);
layer.NumInputs = numInputs;
end

function Y = forward(~, varargin)
first = varargin{1};
for k = 2:numel(varargin)
  if ~isequal(size(first), size(varargin{k})) || ~strcmp(dims(first), dims(varargin{k}))
    error('doubles:layer:size', 'A sum of %s and %s.', mat2str(size(first)), mat2str(size(varargin{k})));
  end
end
data = cellfun(@(X) extractdata(X), varargin, 'UniformOutput', false);
Y = dlarray(xverify.layers.additionLayer(struct('attributes', struct(), 'parameters', struct(), 'rank', 2), data{:}), dims(first));
end

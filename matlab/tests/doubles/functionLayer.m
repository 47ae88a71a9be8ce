function layer = functionLayer(fun, varargin)
%FUNCTIONLAYER A stand-in, see README.md. Unless Formattable, the function gets arrays without format, and returns the same dimensions.

layer = doubles.layer('functionLayer', varargin, {'Formattable', 'NumInputs'}, @(s, varargin) forward(fun, s, varargin));
layer.NumInputs = doubles.option(layer.Settings, 'NumInputs', abs(nargin(fun)));
end

function Y = forward(fun, s, inputs)
if doubles.option(s, 'Formattable', false)
  Y = fun(inputs{:});
  if isempty(dims(Y))
    error('doubles:layer:format', 'A Formattable function returned an array without format.');
  end
else
  data = cellfun(@(X) extractdata(X), inputs, 'UniformOutput', false);
  Y = dlarray(fun(data{:}), dims(inputs{1}));
end
end

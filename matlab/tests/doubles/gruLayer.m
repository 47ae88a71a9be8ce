function layer = gruLayer(numHiddenUnits, varargin)
%GRULAYER A stand-in, see README.md. Only the mode 'recurrent-bias-after-multiplication' has two biases.

layer = doubles.recurrent('gruLayer', numHiddenUnits, 3, 6, varargin, {'ResetGateMode'});
if ~strcmp(layer.Settings.ResetGateMode, 'recurrent-bias-after-multiplication')
  error('doubles:layer:mode', '%s: PyTorch''s equation is another.', layer.Name);
end
end

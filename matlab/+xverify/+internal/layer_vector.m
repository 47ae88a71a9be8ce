function row = layer_vector(name, layer, property, default, channels)
%LAYER_VECTOR A parameter with one value a channel, as a row.
%   ROW = XVERIFY.INTERNAL.LAYER_VECTOR(NAME, LAYER, PROPERTY, DEFAULT, CHANNELS) is LAYER.parameters.(PROPERTY) as a
%   row of CHANNELS values, whatever the dimension that MATLAB's layer keeps them in; DEFAULT, a scalar, where there is
%   none. NAME is the layer function, for the error's identifier.
%
%   Errors: xverify:NAME:channels if the parameter has another number of values.
%
%   See also xverify.internal.layer_parameter, xverify.internal.layer_planes

row = xverify.internal.layer_parameter(layer, property, []);
if isempty(row)
  row = default;
elseif numel(row) ~= channels
  error(['xverify:' name ':channels'], '%s has %d values, X has %d channels.', property, numel(row), channels);
else
  row = row(:).'; % implicit expansion along the channels would otherwise depend on the parameter's own shape
end
end

function v = layer_parameter(layer, name, default)
%LAYER_PARAMETER A parameter of a layer, or its default.
%   V = XVERIFY.INTERNAL.LAYER_PARAMETER(LAYER, NAME, DEFAULT) is LAYER.parameters.(NAME), or DEFAULT where PyTorch's
%   layer has no such parameter: a convolution without bias, a normalization without scale.
%
%   See also xverify.internal.layer_option

v = default;
if isfield(layer.parameters, name)
  v = layer.parameters.(name);
end
end

function v = layer_option(layer, name, default)
%LAYER_OPTION A setting of a layer, or its default.
%   V = XVERIFY.INTERNAL.LAYER_OPTION(LAYER, NAME, DEFAULT) is LAYER.attributes.(NAME), or DEFAULT where the attribute
%   is absent or empty: PyTorch has an empty list where an argument was left out, such as the stride of a pooling.
%
%   Example:
%     xverify.internal.layer_option(struct('attributes', struct('stride', [])), 'stride', 2)   % 2
%
%   See also xverify.internal.layer_parameter

v = default;
if isfield(layer.attributes, name) && ~isempty(layer.attributes.(name))
  v = layer.attributes.(name);
end
end

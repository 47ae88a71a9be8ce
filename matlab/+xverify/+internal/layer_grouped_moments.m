function Y = layer_grouped_moments(name, layer, planes, groups)
%LAYER_GROUPED_MOMENTS What group and instance normalization have in common.
%   Y = XVERIFY.INTERNAL.LAYER_GROUPED_MOMENTS(NAME, LAYER, PLANES, GROUPS) normalizes each of GROUPS groups of
%   neighbouring channels, then applies Scale and Offset. PLANES is positions x channels x observations; the spatial
%   axes take part as one.
%
%   Errors: xverify:NAME:channels if Scale or Offset has not one value a channel.
%
%   See also xverify.internal.layer_planes, xverify.internal.layer_standardize

[positions, channels, observations] = size(planes);
columns = reshape(planes, positions * channels / groups, groups * observations);
Y = xverify.internal.layer_standardize(columns, xverify.internal.layer_option(layer, 'eps', 1e-5));
scale = xverify.internal.layer_vector(name, layer, 'Scale', 1, channels);
offset = xverify.internal.layer_vector(name, layer, 'Offset', 0, channels);
Y = cast(reshape(Y, positions, channels, observations) .* double(scale) + double(offset), class(planes));
end

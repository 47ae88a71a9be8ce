function Y = layer_average_pooling(name, layer, X, spatial)
%LAYER_AVERAGE_POOLING Mean of each window in 1, 2 or 3 dimensions.
%   Y = XVERIFY.INTERNAL.LAYER_AVERAGE_POOLING(NAME, LAYER, X, SPATIAL) is what averagePooling1dLayer to
%   averagePooling3dLayer have in common. Sums are double.
%
%   Errors: xverify:NAME:size if the window is larger than X with its padding.
%
%   See also xverify.internal.layer_slide, xverify.layers.averagePooling2dLayer

kernel = xverify.internal.layer_axes(layer.attributes.kernel_size, spatial, 1);
V = xverify.internal.layer_volume(X, spatial);
w = xverify.internal.layer_windows(name, layer, V, spatial, kernel, kernel);
padded = xverify.internal.pad_image(double(V), w.before, w.reach, 0);
sums = xverify.internal.layer_slide(padded, w, @plus);
divisor = xverify.internal.layer_option(layer, 'divisor_override', []);
if isempty(divisor)
  includes_padding = xverify.internal.layer_option(layer, 'count_include_pad', 1);
  divisor = divisors(w, [size(V, 1) size(V, 2) size(V, 3)], includes_padding);
end
Y = xverify.internal.layer_unvolume(cast(sums ./ divisor, class(X)), spatial);
end

function divisor = divisors(w, extent, includes_padding)
%Number of elements that each window averages; it is the product of its lengths along the axes.
divisor = 1;
for dim = 1:3
  from = (0:w.count(dim) - 1) * w.stride(dim) - w.before(dim);
  to = min(from + w.kernel(dim), extent(dim) + w.behind(dim)); % what ceil_mode adds behind the padding never counts
  if ~includes_padding
    from = max(from, 0);
    to = min(to, extent(dim));
  end
  shape = ones(1, 3);
  shape(dim) = w.count(dim);
  divisor = divisor .* reshape(max(to - from, 1), shape);
end
end

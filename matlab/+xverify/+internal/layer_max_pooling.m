function Y = layer_max_pooling(name, layer, X, spatial)
%LAYER_MAX_POOLING Largest value of each window in 1, 2 or 3 dimensions.
%   Y = XVERIFY.INTERNAL.LAYER_MAX_POOLING(NAME, LAYER, X, SPATIAL) is what maxPooling1dLayer to maxPooling3dLayer have
%   in common. As in PyTorch a window that holds NaN gives NaN.
%
%   Errors: xverify:NAME:size if the window is larger than X with its padding.
%
%   See also xverify.internal.layer_slide, xverify.layers.maxPooling2dLayer

kernel = xverify.internal.layer_axes(layer.attributes.kernel_size, spatial, 1);
V = xverify.internal.layer_volume(X, spatial);
w = xverify.internal.layer_windows(name, layer, V, spatial, kernel, kernel);
V = xverify.internal.pad_image(V, w.before, w.reach, -Inf);
Y = xverify.internal.layer_slide(V, w, @max);
if any(isnan(V(:)))
  Y(xverify.internal.layer_slide(single(isnan(V)), w, @max) > 0) = NaN;
end
Y = xverify.internal.layer_unvolume(Y, spatial);
end

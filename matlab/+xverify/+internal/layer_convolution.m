function Y = layer_convolution(name, layer, X, spatial)
%LAYER_CONVOLUTION Convolution without groups in 1, 2 or 3 dimensions.
%   Y = XVERIFY.INTERNAL.LAYER_CONVOLUTION(NAME, LAYER, X, SPATIAL) is what convolution1dLayer to convolution3dLayer
%   have in common: patches and one product an image, in single precision as MATLAB computes it.
%
%   Errors: xverify:NAME:channels if X has not the channels of Weights, xverify:NAME:size if the kernel is larger than
%   X.
%
%   See also xverify.internal.patches, xverify.layers.convolution2dLayer

W = layer.parameters.Weights;
kernel = ones(1, 3);
for d = 1:spatial
  kernel(d) = size(W, d);
end
channels = size(W, spatial + 1);
V = xverify.internal.layer_volume(X, spatial);
if size(V, 4) ~= channels
  error(['xverify:' name ':channels'], 'X has %d channels, Weights take %d.', size(V, 4), channels);
end
w = xverify.internal.layer_windows(name, layer, V, spatial, kernel, ones(1, 3));
V = xverify.internal.pad_image(V, w.before, w.reach, 0);
Y = xverify.internal.layer_products(V, reshape(W, [], size(W, spatial + 2)), w);
bias = xverify.internal.layer_parameter(layer, 'Bias', []);
if ~isempty(bias)
  Y = Y + reshape(bias, 1, []);
end
Y = xverify.internal.layer_unvolume(reshape(Y, [w.count size(Y, 2) size(Y, 3)]), spatial);
end

function Y = layer_transposed_convolution(name, layer, X, spatial)
%LAYER_TRANSPOSED_CONVOLUTION Transposed convolution without groups in 1, 2 or 3 dimensions.
%   Y = XVERIFY.INTERNAL.LAYER_TRANSPOSED_CONVOLUTION(NAME, LAYER, X, SPATIAL) is what transposedConv1dLayer to
%   transposedConv3dLayer have in common: one product an image gives each input position's patch, and the patches are
%   added up at their places.
%
%   Errors: xverify:NAME:channels if X has not the channels of Weights.
%
%   See also xverify.layers.transposedConv2dLayer

W = layer.parameters.Weights;
V = xverify.internal.layer_volume(X, spatial);
if size(V, 4) ~= size(W, spatial + 2)
  error(['xverify:' name ':channels'], 'X has %d channels, Weights take %d.', size(V, 4), size(W, spatial + 2));
end
w = geometry(layer, V, W, spatial);
outputs = size(W, spatial + 1);
flat = reshape(W, [], size(V, 4)).';
bias = reshape(xverify.internal.layer_parameter(layer, 'Bias', zeros(1, outputs, class(X))), 1, 1, 1, []);
Y = zeros([w.output outputs size(V, 5)], class(X));
for n = 1:size(V, 5)
  P = reshape(V(:, :, :, :, n), [], size(V, 4)) * flat;
  picture = add_patches(reshape(P, [w.extent w.kernel outputs]), w);
  kept = picture(w.padding(1) + (1:w.output(1)), w.padding(2) + (1:w.output(2)), w.padding(3) + (1:w.output(3)), :);
  Y(:, :, :, :, n) = kept + bias;
end
Y = xverify.internal.layer_unvolume(Y, spatial);
end

function w = geometry(layer, V, W, spatial)
w.kernel = ones(1, 3);
for d = 1:spatial
  w.kernel(d) = size(W, d);
end
w.stride = xverify.internal.layer_axes(xverify.internal.layer_option(layer, 'stride', 1), spatial, 1);
w.dilation = xverify.internal.layer_axes(xverify.internal.layer_option(layer, 'dilation', 1), spatial, 1);
w.padding = xverify.internal.layer_axes(xverify.internal.layer_option(layer, 'padding', 0), spatial, 0);
extra = xverify.internal.layer_axes(xverify.internal.layer_option(layer, 'output_padding', 0), spatial, 0);
w.extent = [size(V, 1) size(V, 2) size(V, 3)];
w.full = (w.extent - 1) .* w.stride + w.dilation .* (w.kernel - 1) + 1 + extra;
w.output = w.full - 2 * w.padding; % padding crops the output, output_padding adds zeros behind it before that
end

function picture = add_patches(P, w)
picture = zeros([w.full size(P, 7)], class(P));
for d = 1:w.kernel(3)
  depth = positions(w, 3, d);
  for j = 1:w.kernel(2)
    columns = positions(w, 2, j);
    for i = 1:w.kernel(1)
      rows = positions(w, 1, i);
      patch = reshape(P(:, :, :, i, j, d, :), [w.extent size(P, 7)]);
      picture(rows, columns, depth, :) = picture(rows, columns, depth, :) + patch;
    end
  end
end
end

function at = positions(w, dim, tap)
from = 1 + (tap - 1) * w.dilation(dim);
at = from:w.stride(dim):from + (w.extent(dim) - 1) * w.stride(dim);
end

function Y = groupedConvolution2dLayer(layer, X)
%GROUPEDCONVOLUTION2DLAYER Convolution of images in groups of channels.
%   Y = XVERIFY.LAYERS.GROUPEDCONVOLUTION2DLAYER(LAYER, X) is PyTorch's conv2d with groups > 1, depthwise convolution
%   included. The number of groups is that of Weights.
%
%   Inputs:
%     LAYER  step of a bundle: attributes stride (default 1), padding (0; or 'valid', 'same'), dilation (1); parameters
%            Weights (height x width x in x out x groups, in and out of one group) and, where there is one, Bias
%            (1 x 1 x out x groups)
%     X      single, height x width x channels x observations
%   Output:
%     Y      single, height x width x (out * groups) x observations
%
%   Errors: xverify:groupedConvolution2dLayer:channels if X has not in * groups channels,
%   xverify:groupedConvolution2dLayer:size if the kernel is larger than X with its padding.
%
%   Example:
%     layer = struct('attributes', struct(), 'rank', 4);
%     layer.parameters = struct('Weights', reshape(single([1 10]), 1, 1, 1, 1, 2));
%     Y = xverify.layers.groupedConvolution2dLayer(layer, ones(1, 1, 2, 'single'));   % 1 and 10
%
%   See also xverify.layers.convolution2dLayer

W = layer.parameters.Weights;
groups = size(W, 5);
if size(X, 3) ~= size(W, 3) * groups
  error('xverify:groupedConvolution2dLayer:channels', 'X has %d channels, Weights take %d in each of %d groups.', ...
        size(X, 3), size(W, 3), groups);
end
V = xverify.internal.layer_volume(X, 2);
w = xverify.internal.layer_windows('groupedConvolution2dLayer', layer, V, 2, [size(W, 1) size(W, 2) 1], ones(1, 3));
V = xverify.internal.pad_image(V, w.before, w.reach, 0);
if size(W, 3) == 1
  Y = depthwise(V, W, w);
else
  Y = grouped(V, W, w);
end
bias = xverify.internal.layer_parameter(layer, 'Bias', []);
if ~isempty(bias)
  Y = Y + reshape(bias, 1, []);
end
Y = reshape(Y, w.count(1), w.count(2), size(Y, 2), size(Y, 3));
end

function Y = depthwise(V, W, w)
%One channel a group: elementwise products for each position of the kernel, all channels at once.
[outputs, groups] = deal(size(W, 4), size(W, 5));
Y = 0;
for j = 1:w.kernel(2)
  columns = 1 + (j - 1) * w.dilation(2) + (0:w.count(2) - 1) * w.stride(2);
  for i = 1:w.kernel(1)
    rows = 1 + (i - 1) * w.dilation(1) + (0:w.count(1) - 1) * w.stride(1);
    taps = reshape(V(rows, columns, 1, :, :), w.count(1) * w.count(2), 1, groups, size(V, 5));
    Y = Y + taps .* reshape(W(i, j, :), 1, outputs, groups);
  end
end
Y = reshape(Y, w.count(1) * w.count(2), outputs * groups, size(V, 5));
end

function Y = grouped(V, W, w)
[inputs, outputs, groups] = deal(size(W, 3), size(W, 4), size(W, 5));
Y = zeros(prod(w.count), outputs * groups, size(V, 5), class(V));
for g = 1:groups
  channels = (g - 1) * inputs + (1:inputs);
  columns = (g - 1) * outputs + (1:outputs);
  own = reshape(W(:, :, :, :, g), [], outputs);
  Y(:, columns, :) = xverify.internal.layer_products(V(:, :, :, channels, :), own, w);
end
end

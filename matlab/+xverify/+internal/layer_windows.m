function w = layer_windows(name, layer, V, spatial, kernel, stride)
%LAYER_WINDOWS Where the windows of a convolution or a pooling lie.
%   W = XVERIFY.INTERNAL.LAYER_WINDOWS(NAME, LAYER, V, SPATIAL, KERNEL, STRIDE) reads the attributes stride, padding,
%   dilation and ceil_mode of LAYER.
%
%   Inputs:
%     NAME     the layer function, for the error's identifier
%     V        the layer's input as LAYER_VOLUME gives it
%     SPATIAL  number of spatial axes of PyTorch's array
%     KERNEL   1 x 3, in the order of V's axes
%     STRIDE   what an absent stride means: 1 for convolutions, the kernel for poolings; 1 x 3
%   Output: a struct of 1 x 3 rows
%     kernel, stride, dilation
%     before   padding in front of each axis
%     behind   padding that PyTorch puts behind each axis
%     reach    padding that the windows really need there: less where the last positions are no multiple of the stride,
%              more where ceil_mode lets a window stick out
%     count    number of windows
%
%   Errors: xverify:NAME:size if the window is larger than the padded input.
%
%   See also xverify.internal.pad_image, xverify.internal.patches

w.kernel = kernel;
w.stride = stride;
given = xverify.internal.layer_option(layer, 'stride', []);
if ~isempty(given)
  w.stride = xverify.internal.layer_axes(given, spatial, 1);
end
w.dilation = xverify.internal.layer_axes(xverify.internal.layer_option(layer, 'dilation', 1), spatial, 1);
span = w.dilation .* (kernel - 1) + 1;
[w.before, w.behind] = padding(layer, spatial, span);
extent = [size(V, 1) size(V, 2) size(V, 3)];
if any(extent + w.before + w.behind < span)
  error(['xverify:' name ':size'], 'A window of %s does not fit into %s with its padding.', ...
        mat2str(span), mat2str(extent));
end
w.count = count_windows(layer, extent, span, w);
w.reach = max((w.count - 1) .* w.stride + span - extent - w.before, 0);
end

function [before, behind] = padding(layer, spatial, span)
value = xverify.internal.layer_option(layer, 'padding', 0);
if strcmp(value, 'valid')
  value = 0;
end
if strcmp(value, 'same')
  % PyTorch's rule (stride 1 only): an odd remainder goes behind.
  before = floor((span - 1) / 2);
  behind = span - 1 - before;
else
  before = xverify.internal.layer_axes(value, spatial, 0);
  behind = before;
end
end

function count = count_windows(layer, extent, span, w)
room = extent + w.before + w.behind - span;
if xverify.internal.layer_option(layer, 'ceil_mode', 0) == 0
  count = floor(room ./ w.stride) + 1;
else
  count = ceil(room ./ w.stride) + 1;
  % The last window must begin inside the input or the padding in front of it.
  count = count - ((count - 1) .* w.stride >= extent + w.before);
end
end

function y = Conv(step, x, weights, varargin)
%CONV ONNX operator Conv: a convolution over any number of spatial axes.
%   Y = XVERIFY.OPERATORS.CONV(STEP, X, WEIGHTS) or (STEP, X, WEIGHTS, BIAS) for values (see xverify.internal.value): X has
%   the axes N C ..., WEIGHTS the output channels, the channels of a group, and the kernel.
%   STEP.attributes: strides (1), dilations (1), group (1), pads (0), auto_pad ('NOTSET').
%
%   Errors: xverify:Conv:auto_pad for an auto_pad that ONNX does not know, xverify:Conv:size where the channels do not fit.
%
%   Example:
%     x = xverify.internal.value(single((1:4).'), 3);
%     weights = xverify.internal.value(single([1; 1]), 3);
%     y = xverify.operators.Conv(struct(), x, weights);   % y.data: 3 5 7

shape = xverify.internal.shape_of(x);
kernel = xverify.internal.shape_of(weights);
groups = xverify.internal.operator_attribute(step, 'group', 1);
if kernel(2) * groups ~= shape(2)
  error('xverify:Conv:size', 'Conv: %d channels, but weights for %d groups of %d.', shape(2), groups, kernel(2));
end
w = xverify.internal.operator_windows('Conv', step, x, kernel(3:end));
padded = xverify.internal.operator_pad_around(x.data, w.first, w.last, 0);
if kernel(2) == 1 && groups > 1
  data = depthwise(padded, weights.data, w, shape, kernel);
else
  data = grouped(padded, weights.data, w, shape, kernel, groups);
end
bias = xverify.internal.operator_operand(varargin, 1);
if ~isempty(bias)
  data = data + reshape(bias.data, 1, []);
end
y = xverify.internal.operator_reshape(data, [shape(1) kernel(1) fliplr(w.count)]);
end

function data = grouped(padded, weights, w, shape, kernel, groups)
% One matrix product for each image and group: the windows side by side, times the weights.
taps = prod(w.kernel);
inner = kernel(2);
outer = kernel(1) / groups;
weights = reshape(weights, taps * inner, outer, groups);
data = zeros(prod(w.count), kernel(1), shape(1), class(padded));
columns = zeros(prod(w.count), taps, inner, class(padded));
for image = 1:shape(1)
  for group = 1:groups
    channels = (group - 1) * inner + (1:inner);
    for tap = 1:taps
      index = xverify.internal.operator_window_index(w, tap);
      columns(:, tap, :) = reshape(padded(index{:}, channels, image), prod(w.count), 1, inner);
    end
    flat = reshape(columns, prod(w.count), taps * inner);
    data(:, (group - 1) * outer + (1:outer), image) = flat * weights(:, :, group);
  end
end
end

function data = depthwise(padded, weights, w, shape, kernel)
% A group of one channel has no matrix to multiply: the kernel's positions one after the other, over all channels at once.
taps = prod(w.kernel);
per_group = kernel(1) / shape(2);
weights = reshape(weights, 1, taps, per_group, shape(2));
data = zeros(prod(w.count), per_group, shape(2), shape(1), class(padded));
for tap = 1:taps
  index = xverify.internal.operator_window_index(w, tap);
  window = reshape(padded(index{:}, :, :), prod(w.count), 1, shape(2), shape(1));
  data = data + window .* reshape(weights(1, tap, :, :), 1, per_group, shape(2));
end
data = reshape(data, prod(w.count), kernel(1), shape(1));
end

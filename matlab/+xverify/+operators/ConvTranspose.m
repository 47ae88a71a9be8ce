function y = ConvTranspose(step, x, weights, varargin)
%CONVTRANSPOSE ONNX operator ConvTranspose: a transposed convolution over any number of spatial axes.
%   Y = XVERIFY.OPERATORS.CONVTRANSPOSE(STEP, X, WEIGHTS) or (STEP, X, WEIGHTS, BIAS) for values (see
%   xverify.internal.value): X has the axes N C ..., WEIGHTS the input channels, the output channels of a group, and the
%   kernel.
%   STEP.attributes: strides (1), dilations (1), group (1), pads (0), output_padding (0), output_shape, auto_pad ('NOTSET').
%
%   Errors: xverify:ConvTranspose:auto_pad for an auto_pad that ONNX does not know, xverify:ConvTranspose:size where the
%   channels do not fit.
%
%   Example:
%     x = xverify.internal.value(single([1; 2]), 3);
%     weights = xverify.internal.value(single([1; 1]), 3);
%     y = xverify.operators.ConvTranspose(struct(), x, weights);   % y.data: 1 3 2

shape = xverify.internal.shape_of(x);
kernel = xverify.internal.shape_of(weights);
groups = xverify.internal.operator_attribute(step, 'group', 1);
if kernel(1) ~= shape(2)
  error('xverify:ConvTranspose:size', 'ConvTranspose: %d channels, but weights for %d.', shape(2), kernel(1));
end
[w, sizes] = windows_of(step, shape, kernel(3:end));
inner = shape(2) / groups;
outer = kernel(2);
taps = prod(w.kernel);
x = reshape(x.data, prod(w.count), shape(2), shape(1));
weights = reshape(weights.data, taps * outer, shape(2));
full = zeros([sizes.full outer * groups shape(1)], class(x));
for image = 1:shape(1)
  for group = 1:groups
    channels = (group - 1) * inner + (1:inner);
    columns = reshape(x(:, channels, image) * weights(:, channels).', prod(w.count), taps, outer);
    made = (group - 1) * outer + (1:outer);
    for tap = 1:taps
      index = xverify.internal.operator_window_index(w, tap);
      full(index{:}, made, image) = full(index{:}, made, image) + reshape(columns(:, tap, :), [w.count outer]);
    end
  end
end
crop = repmat({':'}, 1, numel(w.kernel) + 2);
for d = 1:numel(w.kernel)
  crop{d} = w.first(d) + (1:sizes.out(d));
end
data = full(crop{:});
bias = xverify.internal.operator_operand(varargin, 1);
if ~isempty(bias)
  data = data + reshape(bias.data, [ones(1, numel(w.kernel)) numel(bias.data)]);
end
y = xverify.internal.operator_reshape(data, [shape(1) outer * groups fliplr(sizes.out)]);
end

function [w, sizes] = windows_of(step, shape, kernel)
% X's elements are the windows of the result. All in the order of the reversed array.
rank = numel(kernel);
setting = @(name, default) fliplr(xverify.internal.operator_attribute(step, name, default));
w = struct('kernel', fliplr(kernel), 'stride', setting('strides', ones(1, rank)), ...
  'dilation', setting('dilations', ones(1, rank)), 'count', fliplr(shape(3:end)));
reach = w.dilation .* (w.kernel - 1) + 1;
needed = (w.count - 1) .* w.stride + reach;
extra = setting('output_padding', zeros(1, rank));
pads = xverify.internal.operator_attribute(step, 'pads', zeros(1, 2 * rank));
w.first = fliplr(pads(1:rank));
sizes.out = needed + extra - w.first - fliplr(pads(rank + 1:end));
wanted = setting('output_shape', []);
auto_pad = xverify.internal.operator_attribute(step, 'auto_pad', 'NOTSET');
known = {'NOTSET', '', 'VALID', 'SAME_UPPER', 'SAME_LOWER'};
if ~any(strcmp(auto_pad, known))
  error('xverify:ConvTranspose:auto_pad', ...
    'ConvTranspose: auto_pad is %s, not NOTSET, VALID, SAME_UPPER or SAME_LOWER.', auto_pad);
end
same = strncmp(auto_pad, 'SAME', 4);
if same && isempty(wanted)
  wanted = w.count .* w.stride;
end
if ~isempty(wanted)
  total = max(needed + extra - wanted, 0);
  w.first = floor(total / 2);
  if ~strcmp(auto_pad, 'SAME_UPPER')
    w.first = total - w.first;
  end
  if ~same
    w.first = floor(total / 2);
  end
  sizes.out = wanted;
end
sizes.full = max(needed, w.first + sizes.out); % output_padding may reach beyond every window
end

function w = operator_windows(op, step, x, kernel)
%OPERATOR_WINDOWS Where a sliding window of Conv or of a pooling operator lies, along each spatial dimension.
%   W = XVERIFY.INTERNAL.OPERATOR_WINDOWS(OP, STEP, X, KERNEL) for a value X with axes N C ... and the kernel's sizes in
%   ONNX's order. W has rows in the order of the reversed array's spatial dimensions, each with one number a dimension:
%     kernel, stride, dilation   sizes and distances
%     first, last                padding before and behind, as the model gives it
%     count                      number of windows
%     extra                      elements behind the padding that the last window reaches with ceil_mode
%   STEP.attributes: strides (1), dilations (1), pads (0), auto_pad ('NOTSET', 'VALID', 'SAME_UPPER' or 'SAME_LOWER'),
%   ceil_mode (0).
%
%   Errors: xverify:OP:auto_pad for another auto_pad.
%
%   Example:
%     x = xverify.internal.value(ones(5, 4, 2, 1, 'single'), 4);
%     w = xverify.internal.operator_windows('Conv', struct(), x, [3 2]);
%     w.count   % 4 2

rank = numel(kernel);
sizes = xverify.internal.shape_of(x);
sizes = sizes(end:-1:3);
kernel = fliplr(kernel);
stride = fliplr(xverify.internal.operator_attribute(step, 'strides', ones(1, rank)));
dilation = fliplr(xverify.internal.operator_attribute(step, 'dilations', ones(1, rank)));
pads = xverify.internal.operator_attribute(step, 'pads', zeros(1, 2 * rank));
reach = dilation .* (kernel - 1) + 1;
auto_pad = xverify.internal.operator_attribute(step, 'auto_pad', 'NOTSET');
switch auto_pad
  case {'NOTSET', ''}
    first = fliplr(pads(1:rank));
    last = fliplr(pads(rank + 1:end));
  case 'VALID'
    first = zeros(1, rank);
    last = first;
  case {'SAME_UPPER', 'SAME_LOWER'}
    total = max((ceil(sizes ./ stride) - 1) .* stride + reach - sizes, 0);
    first = floor(total / 2);
    if strcmp(auto_pad, 'SAME_LOWER')
      first = ceil(total / 2);
    end
    last = total - first;
  otherwise
    error(['xverify:' op ':auto_pad'], '%s: auto_pad is %s, not NOTSET, VALID, SAME_UPPER or SAME_LOWER.', ...
      op, auto_pad);
end
space = sizes + first + last - reach;
count = floor(space ./ stride) + 1;
if xverify.internal.operator_attribute(step, 'ceil_mode', 0)
  count = ceil(space ./ stride) + 1;
  count = count - ((count - 1) .* stride >= sizes + first); % no window begins in the padding behind
end
extra = max((count - 1) .* stride + reach - sizes - first - last, 0);
w = struct('kernel', kernel, 'stride', stride, 'dilation', dilation, 'first', first, 'last', last, ...
  'count', count, 'extra', extra);
end

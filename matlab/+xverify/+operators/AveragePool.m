function y = AveragePool(step, x)
%AVERAGEPOOL ONNX operator AveragePool: the mean of each window, over any number of spatial axes.
%   Y = XVERIFY.OPERATORS.AVERAGEPOOL(STEP, X) for a value X with axes N C ... (see xverify.internal.value).
%   STEP.attributes: kernel_shape, strides (1), dilations (1), pads (0), auto_pad ('NOTSET'), ceil_mode (0),
%   count_include_pad (0; 1 divides by the padding's elements, too).
%
%   Errors: xverify:AveragePool:auto_pad for an auto_pad that ONNX does not know.
%
%   Example:
%     x = xverify.internal.value(single([1; 3; 2]), 3);
%     y = xverify.operators.AveragePool(struct('attributes', struct('kernel_shape', 2)), x);   % y.data: 2 2.5

shape = xverify.internal.shape_of(x);
w = xverify.internal.operator_windows('AveragePool', step, x, xverify.internal.operator_attribute(step, 'kernel_shape', []));
ones_of = ones([fliplr(shape(3:end)) 1]);
border = double(xverify.internal.operator_attribute(step, 'count_include_pad', 0) ~= 0);
counted = xverify.internal.operator_pad_around(ones_of, w.first, w.last, border);
counted = xverify.internal.operator_pad_around(counted, zeros(size(w.extra)), w.extra, 0);
padded = xverify.internal.operator_pad_around(x.data, w.first, w.last + w.extra, 0);
total = 0;
count = 0;
for tap = 1:prod(w.kernel)
  index = xverify.internal.operator_window_index(w, tap);
  total = total + double(padded(index{:}, :, :));
  count = count + counted(index{:});
end
y = xverify.internal.operator_reshape(cast(total ./ count, class(x.data)), [shape(1:2) fliplr(w.count)]);
end

function y = CumSum(step, x, axis)
%CUMSUM ONNX operator CumSum: sums of all elements up to each one, along an axis.
%   Y = XVERIFY.OPERATORS.CUMSUM(STEP, X, AXIS) for values (see xverify.internal.value).
%   STEP.attributes: exclusive (0; 1 leaves the element itself out), reverse (0; 1 begins at the end).
%
%   Errors: xverify:CumSum:axis for an axis that X does not have.
%
%   Example:
%     x = xverify.internal.value(single([1; 2; 3]), 1);
%     y = xverify.operators.CumSum(struct(), x, xverify.internal.value(int64(0), 0));   % y.data: 1 3 6

dim = xverify.internal.operator_dims(double(axis.data(1)), x.rank, 'CumSum');
reverse = xverify.internal.operator_attribute(step, 'reverse', 0);
data = x.data;
if isfloat(data)
  data = double(data);
end
if reverse
  data = flip(data, dim);
end
total = cumsum(data, dim);
if xverify.internal.operator_attribute(step, 'exclusive', 0)
  % Not total - data, which would lose digits.
  index = repmat({':'}, 1, max(x.rank, 2));
  index{dim} = 1:size(data, dim) - 1;
  total = cat(dim, zeros(size(sum(data, dim)), class(data)), total(index{:}));
end
if reverse
  total = flip(total, dim);
end
y = xverify.internal.value(cast(total, class(x.data)), x.rank);
end

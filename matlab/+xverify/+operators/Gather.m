function y = Gather(step, x, indices)
%GATHER ONNX operator Gather: elements along an axis, by index.
%   Y = XVERIFY.OPERATORS.GATHER(STEP, X, INDICES) for values (see xverify.internal.value). The axis gives way to the axes
%   of INDICES; a negative index counts from the end.
%   STEP.attributes: axis (0).
%
%   Errors: xverify:Gather:axis for an axis that X does not have, xverify:Gather:index for an index beyond its size.
%
%   Example:
%     x = xverify.internal.value(single([10; 20; 30]), 1);
%     y = xverify.operators.Gather(struct(), x, xverify.internal.value(int64(-1), 0));   % y.data: 30, y.rank: 0

shape = xverify.internal.shape_of(x);
dim = xverify.internal.operator_dims(xverify.internal.operator_attribute(step, 'axis', 0), x.rank, 'Gather');
place = x.rank + 1 - dim;
index = xverify.internal.operator_index(indices.data(:), shape(place), 'Gather');
before = prod(shape(place + 1:end));
after = prod(shape(1:place - 1));
if after == 1
  data = reshape(x.data, before, shape(place));
  data = data(:, index);
else
  data = reshape(x.data, before, shape(place), after);
  data = data(:, index, :);
end
y = xverify.internal.operator_reshape(data, [shape(1:place - 1) xverify.internal.shape_of(indices) shape(place + 1:end)]);
end

function y = Flatten(step, x)
%FLATTEN ONNX operator Flatten: two axes, those before `axis` and the others.
%   Y = XVERIFY.OPERATORS.FLATTEN(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: axis (1), from -rank to rank.
%
%   Errors: xverify:Flatten:axis for another axis.
%
%   Example:
%     x = xverify.internal.value(ones(5, 3, 2, 'single'), 3);
%     y = xverify.operators.Flatten(struct(), x);   % size(y.data): 15 2

axis = xverify.internal.operator_attribute(step, 'axis', 1);
if axis < -x.rank || axis > x.rank
  error('xverify:Flatten:axis', 'Flatten: an array of rank %d has no axis %d.', x.rank, axis);
end
shape = xverify.internal.shape_of(x);
if axis < 0
  axis = axis + x.rank;
end
y = xverify.internal.operator_reshape(x.data, [prod(shape(1:axis)) prod(shape(axis + 1:end))]);
end

function y = NonZero(~, x)
%NONZERO ONNX operator NonZero: the indices of elements that are not 0, from 0, a row of the result for each axis.
%   Y = XVERIFY.OPERATORS.NONZERO(STEP, X) for a value X (see xverify.internal.value); Y is int64.
%
%   Example:
%     y = xverify.operators.NonZero(struct(), xverify.internal.value(single([0; 5; 6]), 1));   % y.data: 1 2

shape = xverify.internal.shape_of(x);
rest = find(x.data(:)) - 1;
places = zeros(numel(rest), x.rank);
for axis = x.rank:-1:1
  places(:, axis) = mod(rest, shape(axis));
  rest = floor(rest / shape(axis));
end
y = xverify.internal.value(int64(places), 2);
end

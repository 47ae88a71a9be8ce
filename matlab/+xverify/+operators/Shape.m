function y = Shape(step, x)
%SHAPE ONNX operator Shape: the sizes of an array's axes, as int64.
%   Y = XVERIFY.OPERATORS.SHAPE(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: start (0) and end (rank): axes from start to before end; negative ones count from the end.
%
%   Example:
%     y = xverify.operators.Shape(struct(), xverify.internal.value(ones(5, 3, 'single'), 2));   % y.data: 3 5

first = within(xverify.internal.operator_attribute(step, 'start', 0), x.rank);
last = within(xverify.internal.operator_attribute(step, 'end', x.rank), x.rank);
shape = xverify.internal.shape_of(x);
y = xverify.internal.value(int64(reshape(shape(first + 1:last), [], 1)), 1);
end

function axis = within(axis, rank)
axis = min(max(axis + rank * (axis < 0), 0), rank);
end

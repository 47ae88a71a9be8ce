function y = ScatterND(step, x, indices, updates)
%SCATTERND ONNX operator ScatterND: slices put where tuples of indices say.
%   Y = XVERIFY.OPERATORS.SCATTERND(STEP, X, INDICES, UPDATES) for values (see xverify.internal.value); the last axis of
%   INDICES holds the tuples.
%   STEP.attributes: reduction ('none', 'add', 'mul', 'max' or 'min').
%
%   Errors: xverify:ScatterND:index for an index beyond X, xverify:ScatterND:reduction for another reduction.
%
%   Example:
%     x = xverify.internal.value(single([1; 2; 3]), 1);
%     at = xverify.internal.value(int64(2), 2);
%     y = xverify.operators.ScatterND(struct(), x, at, xverify.internal.value(single(9), 1));   % y.data: 1 2 9

places = xverify.internal.operator_slice_places(xverify.internal.shape_of(x), indices, 0, 'ScatterND');
reduction = xverify.internal.operator_attribute(step, 'reduction', 'none');
data = xverify.internal.operator_scatter(x.data, places(:), updates.data(:), reduction, 'ScatterND');
y = xverify.internal.value(data, x.rank);
end

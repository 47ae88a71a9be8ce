function y = GatherND(step, x, indices)
%GATHERND ONNX operator GatherND: the slices that tuples of indices name.
%   Y = XVERIFY.OPERATORS.GATHERND(STEP, X, INDICES) for values (see xverify.internal.value); the last axis of INDICES holds
%   the tuples.
%   STEP.attributes: batch_dims (0).
%
%   Errors: xverify:GatherND:index for an index beyond X.
%
%   Example:
%     x = xverify.internal.value(single([1 3; 2 4]), 2);
%     y = xverify.operators.GatherND(struct(), x, xverify.internal.value(int64([1; 0]), 1));   % y.data: 3, y.rank: 0

batch = xverify.internal.operator_attribute(step, 'batch_dims', 0);
shape = xverify.internal.shape_of(x);
places = xverify.internal.operator_slice_places(shape, indices, batch, 'GatherND');
outer = xverify.internal.shape_of(indices);
y = xverify.internal.operator_reshape(x.data(places), [outer(1:end - 1) shape(batch + outer(end) + 1:end)]);
end

function y = OneHot(step, indices, depth, values)
%ONEHOT ONNX operator OneHot: a new axis with one value at an index, another elsewhere.
%   Y = XVERIFY.OPERATORS.ONEHOT(STEP, INDICES, DEPTH, VALUES) for values (see xverify.internal.value): DEPTH is the new
%   axis' size, VALUES holds the values elsewhere and at the index. An index beyond DEPTH hits nothing.
%   STEP.attributes: axis (-1), the new axis in the result.
%
%   Errors: xverify:OneHot:axis for an axis that the result does not have.
%
%   Example:
%     n = @(x, rank) xverify.internal.value(single(x), rank);
%     y = xverify.operators.OneHot(struct(), n([0; 2], 1), n(3, 0), n([0; 1], 1));   % y.data: [1 0; 0 0; 0 1]

rank = indices.rank + 1;
count = double(depth.data(1));
place = rank + 1 - xverify.internal.operator_dims(xverify.internal.operator_attribute(step, 'axis', -1), rank, 'OneHot');
shape = xverify.internal.shape_of(indices);
index = double(indices.data);
index = index + count * (index < 0);
hits = xverify.internal.operator_reshape(index, [shape(1:place - 1) 1 shape(place:end)]);
numbers = xverify.internal.operator_reshape(0:count - 1, [count ones(1, rank - place)]);
at = hits.data == numbers.data;
data = repmat(values.data(1), size(at));
data(at) = values.data(2);
y = xverify.internal.value(data, rank);
end

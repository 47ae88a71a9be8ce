function places = operator_slice_places(shape, indices, batch, op)
%OPERATOR_SLICE_PLACES Linear indices of GatherND and ScatterND: each tuple of indices names a whole slice.
%   PLACES = XVERIFY.INTERNAL.OPERATOR_SLICE_PLACES(SHAPE, INDICES, BATCH, OP): SHAPE is the array's ONNX shape, INDICES a
%   value whose last axis holds tuples, BATCH the number of leading axes that array and INDICES share. PLACES has a slice's
%   elements down a column and a column a tuple. OP names the operator in the error.
%
%   Errors: xverify:OP:index for an index beyond the array.
%
%   Example:
%     at = xverify.internal.value(int64(1), 1);
%     xverify.internal.operator_slice_places([2 3], at, 0, 'GatherND')   % 4; 5; 6

depth = size(indices.data, 1);
outer = xverify.internal.shape_of(indices);
tuples = double(reshape(indices.data, depth, prod(outer(1:end - 1))));
indexed = shape(batch + 1:batch + depth);
counts = repmat(indexed(:), 1, size(tuples, 2));
if any(tuples(:) < -counts(:) | tuples(:) >= counts(:))
  error(['xverify:' op ':index'], '%s: an index lies beyond the shape %s.', op, mat2str(shape));
end
tuples = tuples + counts .* (tuples < 0);
inner = prod(shape(batch + depth + 1:end));
strides = inner * fliplr(cumprod([1 fliplr(indexed(2:end))]));
batches = prod(shape(1:batch));
origin = (0:batches - 1) * prod(shape(batch + 1:end));
origin = reshape(repmat(origin, size(tuples, 2) / batches, 1), 1, []);
places = (1:inner).' + strides(1:depth) * tuples + origin;
end

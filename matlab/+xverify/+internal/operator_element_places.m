function places = operator_element_places(x, indices, axis, op)
%OPERATOR_ELEMENT_PLACES Linear indices into X of GatherElements and ScatterElements.
%   PLACES = XVERIFY.INTERNAL.OPERATOR_ELEMENT_PLACES(X, INDICES, AXIS, OP) for values X and INDICES of one rank: an
%   element's own place along all axes but AXIS, and its number along AXIS. OP names the operator in errors.
%
%   Errors: xverify:OP:axis, xverify:OP:index for what X does not have.
%
%   Example:
%     x = xverify.internal.value(single([1 3; 2 4]), 2);
%     at = xverify.internal.value(int64([1; 0]), 2);
%     xverify.internal.operator_element_places(x, at, 1, 'GatherElements')   % 2 1

dim = xverify.internal.operator_dims(axis, x.rank, op);
sizes = xverify.internal.operator_sizes(xverify.internal.shape_of(x));
strides = cumprod([1 sizes(1:end - 1)]);
places = 1 + (xverify.internal.operator_index(indices.data, sizes(dim), op) - 1) * strides(dim);
for other = setdiff(1:numel(sizes), dim)
  along = [ones(1, other - 1) size(indices.data, other) 1];
  places = places + reshape((0:along(other) - 1) * strides(other), along);
end
end

function y = operator_reduce(op, step, operands, f)
%OPERATOR_REDUCE What ReduceSum, ReduceMax and their kind share: axes, keepdims, and one reduced dimension.
%   Y = XVERIFY.INTERNAL.OPERATOR_REDUCE(OP, STEP, OPERANDS, F): F takes an array before x reduced x after and reduces
%   its second dimension. The axes are operand 2 or the attribute `axes`; without any, all axes, or none with
%   `noop_with_empty_axes`. OP names the operator in errors.
%
%   Errors: xverify:OP:axis for an axis that the array does not have.
%
%   Example:
%     x = xverify.internal.value(single([1 2; 3 4]), 2);
%     xverify.internal.operator_reduce('ReduceSum', struct(), {x}, @(a) sum(a, 2))   % 10, rank 2

x = operands{1};
axes = xverify.internal.operator_list(step, 'axes', operands, 2, []);
if isempty(axes)
  if xverify.internal.operator_attribute(step, 'noop_with_empty_axes', 0)
    y = x;
    return
  end
  axes = 0:x.rank - 1;
end
dims = sort(xverify.internal.operator_dims(axes, x.rank, op));
sizes = size(x.data);
sizes(end + 1:x.rank) = 1;
data = x.data;
if isempty(dims)
  data = reshape(data, 1, 1, []);
else
  others = setdiff(1:numel(sizes), dims);
  before = others(others < dims(1));
  if any(diff(dims) ~= 1) % the reduced dimensions lie apart
    order = [before dims others(others > dims(1))];
    data = permute(data, order);
  end
  data = reshape(data, prod(sizes(before)), prod(sizes(dims)), prod(sizes(others(others > dims(1)))));
end
reduced = f(data);
shape = xverify.internal.shape_of(x);
positions = x.rank - dims + 1;
if xverify.internal.operator_attribute(step, 'keepdims', 1)
  shape(positions) = 1;
else
  shape(positions) = [];
end
y = xverify.internal.operator_reshape(reduced, shape);
end

function y = operator_extreme_place(op, step, x, extreme)
%OPERATOR_EXTREME_PLACE What ArgMax and ArgMin share: the place of an extreme element along an axis.
%   Y = XVERIFY.INTERNAL.OPERATOR_EXTREME_PLACE(OP, STEP, X, EXTREME) with EXTREME @max or @min. OP names the operator in
%   the error.
%
%   Errors: xverify:OP:axis for an axis that X does not have.
%
%   Example:
%     x = xverify.internal.value(single([1; 3; 3]), 1);
%     xverify.internal.operator_extreme_place('ArgMax', struct(), x, @max)   % 1

axis = xverify.internal.operator_attribute(step, 'axis', 0);
dim = xverify.internal.operator_dims(axis, x.rank, op);
data = x.data;
last = xverify.internal.operator_attribute(step, 'select_last_index', 0);
if last
  data = flip(data, dim);
end
[~, place] = extreme(data, [], dim);
bad = isnan(data);
if any(bad(:))
  [has, first] = max(double(bad), [], dim); % MATLAB's max and min pass over NaN
  place(has > 0) = first(has > 0);
end
if last
  place = size(data, dim) + 1 - place;
end
shape = xverify.internal.shape_of(x);
if xverify.internal.operator_attribute(step, 'keepdims', 1)
  shape(x.rank + 1 - dim) = 1;
else
  shape(x.rank + 1 - dim) = [];
end
y = xverify.internal.operator_reshape(int64(place - 1), shape);
end

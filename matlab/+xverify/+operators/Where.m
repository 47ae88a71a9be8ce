function y = Where(~, condition, a, b)
%WHERE ONNX operator Where: elements of A where a condition holds, else of B.
%   Y = XVERIFY.OPERATORS.WHERE(STEP, CONDITION, A, B) for values (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     condition = xverify.internal.value([true; false], 1);
%     a = xverify.internal.value(single(1), 0);
%     b = xverify.internal.value(single(2), 0);
%     y = xverify.operators.Where(struct(), condition, a, b);   % y.data: 1 2

sizes = xverify.internal.operator_broadcast_sizes(condition.data, a.data, b.data);
data = xverify.internal.operator_expand(b.data, sizes);
holds = xverify.internal.operator_expand(logical(condition.data), sizes);
if isscalar(a.data)
  data(holds) = a.data;
else
  chosen = xverify.internal.operator_expand(a.data, sizes);
  data(holds) = chosen(holds);
end
y = xverify.internal.value(data, max([condition.rank a.rank b.rank]));
end

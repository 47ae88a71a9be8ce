function y = And(~, a, b)
%AND ONNX operator And: true where both are.
%   Y = XVERIFY.OPERATORS.AND(STEP, A, B) for values A and B (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value([true; false], 1);
%     b = xverify.internal.value(true, 0);
%     y = xverify.operators.And(struct(), a, b);   % y.data: 1 0

y = xverify.internal.value(a.data & b.data, max(a.rank, b.rank));
end

function y = GreaterOrEqual(~, a, b)
%GREATEROREQUAL ONNX operator GreaterOrEqual: true where A is not smaller.
%   Y = XVERIFY.OPERATORS.GREATEROREQUAL(STEP, A, B) for values A and B (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value(single([1; 2]), 1);
%     b = xverify.internal.value(single(2), 0);
%     y = xverify.operators.GreaterOrEqual(struct(), a, b);   % y.data: 0 1

y = xverify.internal.value(a.data >= b.data, max(a.rank, b.rank));
end

function y = Or(~, a, b)
%OR ONNX operator Or: true where one of them is.
%   Y = XVERIFY.OPERATORS.OR(STEP, A, B) for values A and B (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value([true; false], 1);
%     b = xverify.internal.value(true, 0);
%     y = xverify.operators.Or(struct(), a, b);   % y.data: 1 1

y = xverify.internal.value(a.data | b.data, max(a.rank, b.rank));
end

function y = LessOrEqual(~, a, b)
%LESSOREQUAL ONNX operator LessOrEqual: true where A is not greater.
%   Y = XVERIFY.OPERATORS.LESSOREQUAL(STEP, A, B) for values A and B (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value(single([1; 2]), 1);
%     b = xverify.internal.value(single(2), 0);
%     y = xverify.operators.LessOrEqual(struct(), a, b);   % y.data: 1 1

y = xverify.internal.value(a.data <= b.data, max(a.rank, b.rank));
end

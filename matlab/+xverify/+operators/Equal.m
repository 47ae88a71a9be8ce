function y = Equal(~, a, b)
%EQUAL ONNX operator Equal: true where elements are equal.
%   Y = XVERIFY.OPERATORS.EQUAL(STEP, A, B) for values A and B (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value(single([1; 2]), 1);
%     b = xverify.internal.value(single(2), 0);
%     y = xverify.operators.Equal(struct(), a, b);   % y.data: 0 1

y = xverify.internal.value(a.data == b.data, max(a.rank, b.rank));
end

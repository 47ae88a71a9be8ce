function y = Greater(~, a, b)
%GREATER ONNX operator Greater: true where A is greater.
%   Y = XVERIFY.OPERATORS.GREATER(STEP, A, B) for values A and B (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value(single([1; 2]), 1);
%     b = xverify.internal.value(single(2), 0);
%     y = xverify.operators.Greater(struct(), a, b);   % y.data: 0 0

y = xverify.internal.value(a.data > b.data, max(a.rank, b.rank));
end

function y = Add(~, a, b)
%ADD ONNX operator Add: sums.
%   Y = XVERIFY.OPERATORS.ADD(STEP, A, B) for values A and B (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value(single([1; 2]), 1);
%     b = xverify.internal.value(single(2), 0);
%     y = xverify.operators.Add(struct(), a, b);   % y.data: 3 4

y = xverify.internal.value(a.data + b.data, max(a.rank, b.rank));
end

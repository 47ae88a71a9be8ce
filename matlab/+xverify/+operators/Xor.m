function y = Xor(~, a, b)
%XOR ONNX operator Xor: true where exactly one of them is.
%   Y = XVERIFY.OPERATORS.XOR(STEP, A, B) for values A and B (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value([true; false], 1);
%     b = xverify.internal.value(true, 0);
%     y = xverify.operators.Xor(struct(), a, b);   % y.data: 0 1

y = xverify.internal.value(a.data ~= b.data, max(a.rank, b.rank));
end

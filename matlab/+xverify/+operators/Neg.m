function y = Neg(~, x)
%NEG ONNX operator Neg: negatives.
%   Y = XVERIFY.OPERATORS.NEG(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.Neg(struct(), x);   % y.data: 1 -2

y = xverify.internal.value(-x.data, x.rank);
end

function y = Exp(~, x)
%EXP ONNX operator Exp: exponentials.
%   Y = XVERIFY.OPERATORS.EXP(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([0; 1]), 1);
%     y = xverify.operators.Exp(struct(), x);   % y.data: 1 2.7183

y = xverify.internal.value(exp(x.data), x.rank);
end

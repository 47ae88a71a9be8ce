function y = Erf(~, x)
%ERF ONNX operator Erf: the error function.
%   Y = XVERIFY.OPERATORS.ERF(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([0; 1]), 1);
%     y = xverify.operators.Erf(struct(), x);   % y.data: 0 0.8427

y = xverify.internal.value(erf(x.data), x.rank);
end

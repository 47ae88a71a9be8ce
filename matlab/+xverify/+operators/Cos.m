function y = Cos(~, x)
%COS ONNX operator Cos: cosines.
%   Y = XVERIFY.OPERATORS.COS(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([0; 1]), 1);
%     y = xverify.operators.Cos(struct(), x);   % y.data: 1 0.5403

y = xverify.internal.value(cos(x.data), x.rank);
end

function y = Abs(~, x)
%ABS ONNX operator Abs: absolute values.
%   Y = XVERIFY.OPERATORS.ABS(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.Abs(struct(), x);   % y.data: 1 2

y = xverify.internal.value(abs(x.data), x.rank);
end

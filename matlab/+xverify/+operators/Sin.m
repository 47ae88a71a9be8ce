function y = Sin(~, x)
%SIN ONNX operator Sin: sines.
%   Y = XVERIFY.OPERATORS.SIN(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([0; 1]), 1);
%     y = xverify.operators.Sin(struct(), x);   % y.data: 0 0.8415

y = xverify.internal.value(sin(x.data), x.rank);
end

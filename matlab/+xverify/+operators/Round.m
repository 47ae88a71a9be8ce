function y = Round(~, x)
%ROUND ONNX operator Round: the nearest integer, halves to the even one.
%   Y = XVERIFY.OPERATORS.ROUND(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([0.5; 1.5]), 1);
%     y = xverify.operators.Round(struct(), x);   % y.data: 0 2

y = xverify.internal.value(xverify.internal.operator_round(x.data), x.rank);
end

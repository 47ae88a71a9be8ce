function y = Round(~, x)
%ROUND ONNX operator Round: the nearest integer, halves to the even one.
%   Y = XVERIFY.OPERATORS.ROUND(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([0.5; 1.5]), 1);
%     y = xverify.operators.Round(struct(), x);   % y.data: 0 2

rounded = round(x.data);
halves = abs(x.data - fix(x.data)) == 0.5;
rounded(halves) = 2 * round(x.data(halves) / 2);
y = xverify.internal.value(rounded, x.rank);
end

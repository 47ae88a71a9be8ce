function y = IsNaN(~, x)
%ISNAN ONNX operator IsNaN: true where an element is NaN.
%   Y = XVERIFY.OPERATORS.ISNAN(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([NaN; 1]), 1);
%     y = xverify.operators.IsNaN(struct(), x);   % y.data: 1 0

y = xverify.internal.value(isnan(x.data), x.rank);
end

function y = Reciprocal(~, x)
%RECIPROCAL ONNX operator Reciprocal: 1 / x.
%   Y = XVERIFY.OPERATORS.RECIPROCAL(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([2; 4]), 1);
%     y = xverify.operators.Reciprocal(struct(), x);   % y.data: 0.5 0.25

y = xverify.internal.value(1 ./ x.data, x.rank);
end

function y = Sign(~, x)
%SIGN ONNX operator Sign: -1, 0 or 1.
%   Y = XVERIFY.OPERATORS.SIGN(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.Sign(struct(), x);   % y.data: -1 1

y = xverify.internal.value(sign(x.data), x.rank);
end

function y = Identity(~, x)
%IDENTITY ONNX operator Identity: its operand.
%   Y = XVERIFY.OPERATORS.IDENTITY(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.Identity(struct(), x);   % y.data: -1 2

y = x;
end

function y = Ceil(~, x)
%CEIL ONNX operator Ceil: the next integer at or above.
%   Y = XVERIFY.OPERATORS.CEIL(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([-1.5; 2]), 1);
%     y = xverify.operators.Ceil(struct(), x);   % y.data: -1 2

y = xverify.internal.value(ceil(x.data), x.rank);
end

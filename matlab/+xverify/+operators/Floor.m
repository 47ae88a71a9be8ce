function y = Floor(~, x)
%FLOOR ONNX operator Floor: the next integer at or below.
%   Y = XVERIFY.OPERATORS.FLOOR(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([-1.5; 2]), 1);
%     y = xverify.operators.Floor(struct(), x);   % y.data: -2 2

y = xverify.internal.value(floor(x.data), x.rank);
end

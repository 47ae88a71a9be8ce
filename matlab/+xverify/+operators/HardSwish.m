function y = HardSwish(~, x)
%HARDSWISH ONNX operator HardSwish: x * max(0, min(1, x / 6 + 0.5)).
%   Y = XVERIFY.OPERATORS.HARDSWISH(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.HardSwish(struct(), x);   % y.data: -0.3333 1.6667

y = xverify.internal.value(x.data .* max(min(x.data / 6 + 0.5, 1), 0), x.rank);
end

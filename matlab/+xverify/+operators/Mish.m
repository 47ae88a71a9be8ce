function y = Mish(~, x)
%MISH ONNX operator Mish: x * tanh(log(1 + exp(x))).
%   Y = XVERIFY.OPERATORS.MISH(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.Mish(struct(), x);   % y.data: -0.3034 1.9440

y = xverify.internal.value(x.data .* tanh(max(x.data, 0) + log1p(exp(-abs(x.data)))), x.rank);
end

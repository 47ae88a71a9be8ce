function y = Tanh(~, x)
%TANH ONNX operator Tanh: hyperbolic tangents.
%   Y = XVERIFY.OPERATORS.TANH(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([0; 1]), 1);
%     y = xverify.operators.Tanh(struct(), x);   % y.data: 0 0.7616

y = xverify.internal.value(tanh(x.data), x.rank);
end

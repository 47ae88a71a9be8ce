function y = Softplus(~, x)
%SOFTPLUS ONNX operator Softplus: log(1 + exp(x)).
%   Y = XVERIFY.OPERATORS.SOFTPLUS(STEP, X) for a value X (see xverify.internal.value).
%   In a form that does not overflow.
%
%   Example:
%     x = xverify.internal.value(single([0; 100]), 1);
%     y = xverify.operators.Softplus(struct(), x);   % y.data: 0.6931 100

y = xverify.internal.value(max(x.data, 0) + log1p(exp(-abs(x.data))), x.rank);
end

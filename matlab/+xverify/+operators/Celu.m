function y = Celu(step, x)
%CELU ONNX operator Celu: x, or alpha * (exp(x / alpha) - 1) where x is negative.
%   Y = XVERIFY.OPERATORS.CELU(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: alpha (1).
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.Celu(struct(), x);   % y.data: -0.6321 2

alpha = xverify.internal.operator_attribute(step, 'alpha', 1);
data = x.data;
negative = data < 0;
data(negative) = alpha * expm1(data(negative) / alpha);
y = xverify.internal.value(data, x.rank);
end

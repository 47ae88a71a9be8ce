function y = Selu(step, x)
%SELU ONNX operator Selu: gamma * x, or gamma * alpha * (exp(x) - 1) where x is negative.
%   Y = XVERIFY.OPERATORS.SELU(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: alpha (1.67326...), gamma (1.05070...).
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.Selu(struct(), x);   % y.data: -1.1113 2.1014

alpha = xverify.internal.operator_attribute(step, 'alpha', 1.67326319217681884765625);
gamma = xverify.internal.operator_attribute(step, 'gamma', 1.05070102214813232421875);
data = x.data;
negative = data < 0;
data(negative) = alpha * expm1(data(negative));
y = xverify.internal.value(gamma * data, x.rank);
end

function y = LeakyRelu(step, x)
%LEAKYRELU ONNX operator LeakyRelu: x, or alpha * x where x is negative.
%   Y = XVERIFY.OPERATORS.LEAKYRELU(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: alpha (0.01).
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.LeakyRelu(struct(), x);   % y.data: -0.01 2

alpha = xverify.internal.operator_attribute(step, 'alpha', 0.01);
data = x.data;
negative = data < 0;
data(negative) = alpha * data(negative);
y = xverify.internal.value(data, x.rank);
end

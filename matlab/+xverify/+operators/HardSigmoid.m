function y = HardSigmoid(step, x)
%HARDSIGMOID ONNX operator HardSigmoid: alpha * x + beta, within 0 and 1.
%   Y = XVERIFY.OPERATORS.HARDSIGMOID(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: alpha (0.2), beta (0.5).
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.HardSigmoid(struct(), x);   % y.data: 0.3 0.9

alpha = xverify.internal.operator_attribute(step, 'alpha', 0.2);
beta = xverify.internal.operator_attribute(step, 'beta', 0.5);
y = xverify.internal.value(xverify.internal.operator_keep_nan(max(min(alpha * x.data + beta, 1), 0), x.data), x.rank);
end

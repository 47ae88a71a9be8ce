function y = InstanceNormalization(step, x, scale, offset)
%INSTANCENORMALIZATION ONNX operator InstanceNormalization: mean 0 and variance 1 in each channel of each image.
%   Y = XVERIFY.OPERATORS.INSTANCENORMALIZATION(STEP, X, SCALE, OFFSET) for values (see xverify.internal.value): X has the
%   axes N C ..., the others hold one number a channel.
%   STEP.attributes: epsilon (1e-5).
%
%   Example:
%     n = @(number) xverify.internal.value(single(number), 1);
%     x = xverify.internal.value(single([1; 3]), 3);
%     y = xverify.operators.InstanceNormalization(struct(), x, n(2), n(1));   % y.data: -1 3

shape = xverify.internal.shape_of(x);
data = xverify.internal.operator_normalise(reshape(x.data, prod(shape(3:end)), shape(2) * shape(1)), ...
  xverify.internal.operator_attribute(step, 'epsilon', 1e-5));
data = reshape(data, prod(shape(3:end)), shape(2), shape(1)) .* double(scale.data.') + double(offset.data.');
y = xverify.internal.operator_reshape(cast(data, class(x.data)), shape);
end

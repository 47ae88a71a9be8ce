function y = Softmax(step, x)
%SOFTMAX ONNX operator Softmax: exponentials that sum to 1 along an axis.
%   Y = XVERIFY.OPERATORS.SOFTMAX(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: axis (-1).
%
%   Errors: xverify:Softmax:axis for an axis that X does not have.
%
%   Example:
%     x = xverify.internal.value(single([0; 0]), 1);
%     y = xverify.operators.Softmax(struct(), x);   % y.data: 0.5 0.5

dim = xverify.internal.operator_dims(xverify.internal.operator_attribute(step, 'axis', -1), x.rank, 'Softmax');
powers = exp(x.data - max(x.data, [], dim));
y = xverify.internal.value(powers ./ cast(sum(powers, dim, 'double'), class(powers)), x.rank);
end

function y = LogSoftmax(step, x)
%LOGSOFTMAX ONNX operator LogSoftmax: logarithms of Softmax.
%   Y = XVERIFY.OPERATORS.LOGSOFTMAX(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: axis (-1).
%
%   Errors: xverify:LogSoftmax:axis for an axis that X does not have.
%
%   Example:
%     x = xverify.internal.value(single([0; 0]), 1);
%     y = xverify.operators.LogSoftmax(struct(), x);   % y.data: -0.6931 -0.6931

dim = xverify.internal.operator_dims(xverify.internal.operator_attribute(step, 'axis', -1), x.rank, 'LogSoftmax');
shifted = x.data - max(x.data, [], dim);
total = log(sum(exp(shifted), dim, 'double'));
y = xverify.internal.value(cast(shifted - total, class(x.data)), x.rank);
end

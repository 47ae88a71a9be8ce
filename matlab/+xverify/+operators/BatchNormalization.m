function [y, varargout] = BatchNormalization(step, x, scale, offset, average, variance)
%BATCHNORMALIZATION ONNX operator BatchNormalization with the statistics of training.
%   Y = XVERIFY.OPERATORS.BATCHNORMALIZATION(STEP, X, SCALE, OFFSET, MEAN, VARIANCE) for values (see
%   xverify.internal.value): X has the axes N C ..., the others hold one number a channel.
%   STEP.attributes: epsilon (1e-5).
%
%   Errors: xverify:BatchNormalization:training in training, where the statistics are those of the batch.
%
%   Example:
%     n = @(number) xverify.internal.value(single(number), 1);
%     x = xverify.internal.value(single([1 2]), 2);
%     y = xverify.operators.BatchNormalization(struct(), x, n(2), n(1), n(1), n(1));   % y.data: 1 3

if nargout > 1 || xverify.internal.operator_attribute(step, 'training_mode', 0)
  error('xverify:BatchNormalization:training', ...
    'BatchNormalization in training uses the batch''s statistics: export the model in eval mode.');
end
varargout = {};
sizes = [ones(1, max(x.rank - 2, 0)) numel(scale.data) 1];
factor = double(scale.data) ./ sqrt(double(variance.data) + xverify.internal.operator_attribute(step, 'epsilon', 1e-5));
shift = double(offset.data) - double(average.data) .* factor;
factor = reshape(factor, sizes);
shift = reshape(shift, sizes);
y = xverify.internal.value(cast(double(x.data) .* factor + shift, class(x.data)), x.rank);
end

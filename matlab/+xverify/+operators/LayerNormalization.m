function [y, average, inverse] = LayerNormalization(step, x, scale, varargin)
%LAYERNORMALIZATION ONNX operator LayerNormalization: mean 0 and variance 1 over the last axes, then scale and offset.
%   [Y, MEAN, INVERSE] = XVERIFY.OPERATORS.LAYERNORMALIZATION(STEP, X, SCALE) or (STEP, X, SCALE, OFFSET) for values (see
%   xverify.internal.value). INVERSE is 1 / sqrt(variance + epsilon).
%   STEP.attributes: axis (-1), the first of the axes; epsilon (1e-5).
%
%   Errors: xverify:LayerNormalization:axis for an axis that X does not have.
%
%   Example:
%     n = @(numbers) xverify.internal.value(single(numbers), 1);
%     y = xverify.operators.LayerNormalization(struct(), n([1; 3]), n([1; 2]));   % y.data: -1 2

axis = xverify.internal.operator_attribute(step, 'axis', -1);
dims = xverify.internal.operator_dims(axis, x.rank, 'LayerNormalization');
shape = xverify.internal.shape_of(x);
outer = shape(1:x.rank - dims);
columns = reshape(x.data, prod(shape(end - dims + 1:end)), prod(outer));
epsilon = xverify.internal.operator_attribute(step, 'epsilon', 1e-5);
[data, means, inverses] = xverify.internal.operator_normalise(columns, epsilon);
data = reshape(data, size(x.data)) .* double(scale.data);
offset = xverify.internal.operator_operand(varargin, 1);
if ~isempty(offset)
  data = data + double(offset.data);
end
y = xverify.internal.value(cast(data, class(x.data)), x.rank);
kept = [outer ones(1, dims)];
average = xverify.internal.operator_reshape(cast(means, class(x.data)), kept);
inverse = xverify.internal.operator_reshape(cast(inverses, class(x.data)), kept);
end

function y = GroupNormalization(step, x, scale, offset)
%GROUPNORMALIZATION ONNX operator GroupNormalization: mean 0 and variance 1 in each group of channels of each image.
%   Y = XVERIFY.OPERATORS.GROUPNORMALIZATION(STEP, X, SCALE, OFFSET) for values (see xverify.internal.value): X has the axes
%   N C ..., the others hold one number a channel (operator set 21) or a group (18).
%   STEP.attributes: num_groups, epsilon (1e-5).
%
%   Errors: xverify:GroupNormalization:size where the channels do not divide into the groups.
%
%   Example:
%     n = @(numbers) xverify.internal.value(single(numbers), 1);
%     x = xverify.internal.value(single([1 3]), 3);
%     step = struct('attributes', struct('num_groups', 1));
%     y = xverify.operators.GroupNormalization(step, x, n([1; 2]), n([0; 0]));   % y.data: -1 2

shape = xverify.internal.shape_of(x);
groups = xverify.internal.operator_attribute(step, 'num_groups', 1);
members = shape(2) / groups;
if members ~= fix(members)
  error('xverify:GroupNormalization:size', 'GroupNormalization: %d channels in %d groups.', shape(2), groups);
end
data = xverify.internal.operator_normalise(reshape(x.data, members * prod(shape(3:end)), groups * shape(1)), ...
  xverify.internal.operator_attribute(step, 'epsilon', 1e-5));
data = reshape(data, prod(shape(3:end)), shape(2), shape(1));
data = data .* a_channel(scale.data, shape(2)) + a_channel(offset.data, shape(2));
y = xverify.internal.operator_reshape(cast(data, class(x.data)), shape);
end

function numbers = a_channel(numbers, channels)
numbers = reshape(repmat(double(numbers(:).'), channels / numel(numbers), 1), 1, []);
end

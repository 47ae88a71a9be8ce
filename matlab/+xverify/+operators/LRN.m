function y = LRN(step, x)
%LRN ONNX operator LRN: elements divided by a power of the squares in the channels around.
%   Y = XVERIFY.OPERATORS.LRN(STEP, X) for a value X with axes N C ... (see xverify.internal.value):
%   x / (bias + alpha / size * sum of squares) ^ beta.
%   STEP.attributes: size (channels in the sum), alpha (1e-4), beta (0.75), bias (1).
%
%   Example:
%     x = xverify.internal.value(single([1 1]), 3);
%     y = xverify.operators.LRN(struct('attributes', struct('size', 1, 'alpha', 3, 'beta', 1)), x);   % y.data: 0.25 0.25

shape = xverify.internal.shape_of(x);
count = xverify.internal.operator_attribute(step, 'size', 1);
squares = reshape(double(x.data) .^ 2, prod(shape(3:end)), shape(2), shape(1));
total = zeros(size(squares));
for offset = -floor((count - 1) / 2):ceil((count - 1) / 2)
  to = max(1, 1 - offset):min(shape(2), shape(2) - offset);
  total(:, to, :) = total(:, to, :) + squares(:, to + offset, :);
end
alpha = xverify.internal.operator_attribute(step, 'alpha', 1e-4);
scale = xverify.internal.operator_attribute(step, 'bias', 1) + alpha / count * total;
beta = xverify.internal.operator_attribute(step, 'beta', 0.75);
data = double(x.data) ./ reshape(scale .^ beta, size(x.data));
y = xverify.internal.value(cast(data, class(x.data)), x.rank);
end

function y = ReduceLogSumExp(step, varargin)
%REDUCELOGSUMEXP ONNX operator ReduceLogSumExp: logarithms of sums of exponentials over axes.
%   Y = XVERIFY.OPERATORS.REDUCELOGSUMEXP(STEP, X) or (STEP, X, AXES) for values (see xverify.internal.value).
%   STEP.attributes: keepdims (1), axes where they are no operand (all), noop_with_empty_axes (0).
%
%   Errors: xverify:ReduceLogSumExp:axis for an axis that X does not have.
%
%   Example:
%     x = xverify.internal.value(single([1 2; 3 4]), 2);
%     y = xverify.operators.ReduceLogSumExp(struct('attributes', struct('axes', 1)), x);   % y.data: 3.1269 4.1269

y = xverify.internal.operator_reduce('ReduceLogSumExp', step, varargin, @reduce);
end

function total = reduce(x)
if size(x, 2) == 0
  total = -Inf(size(x, 1), 1, size(x, 3), class(x));
  return
end
largest = double(max(x, [], 2));
largest(isinf(largest)) = 0; % Inf - Inf would be NaN
total = cast(log(sum(exp(double(x) - largest), 2)) + largest, class(x));
end

function y = ReduceSum(step, varargin)
%REDUCESUM ONNX operator ReduceSum: sums over axes.
%   Y = XVERIFY.OPERATORS.REDUCESUM(STEP, X) or (STEP, X, AXES) for values (see xverify.internal.value).
%   STEP.attributes: keepdims (1), axes where they are no operand (all), noop_with_empty_axes (0).
%
%   Errors: xverify:ReduceSum:axis for an axis that X does not have.
%
%   Example:
%     x = xverify.internal.value(single([1 2; 3 4]), 2);
%     y = xverify.operators.ReduceSum(struct('attributes', struct('axes', 1)), x);   % y.data: 4 6

y = xverify.internal.operator_reduce('ReduceSum', step, varargin, @reduce);
end

function total = reduce(x)
if isinteger(x)
  total = sum(x, 2, 'native');
else
  total = cast(sum(x, 2, 'double'), class(x));
end
end

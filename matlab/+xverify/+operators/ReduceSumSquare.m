function y = ReduceSumSquare(step, varargin)
%REDUCESUMSQUARE ONNX operator ReduceSumSquare: sums of squares over axes.
%   Y = XVERIFY.OPERATORS.REDUCESUMSQUARE(STEP, X) or (STEP, X, AXES) for values (see xverify.internal.value).
%   STEP.attributes: keepdims (1), axes where they are no operand (all), noop_with_empty_axes (0).
%
%   Errors: xverify:ReduceSumSquare:axis for an axis that X does not have.
%
%   Example:
%     x = xverify.internal.value(single([1 2; 3 4]), 2);
%     y = xverify.operators.ReduceSumSquare(struct('attributes', struct('axes', 1)), x);   % y.data: 10 20

y = xverify.internal.operator_reduce('ReduceSumSquare', step, varargin, @(x) cast(sum(double(x) .^ 2, 2), class(x)));
end

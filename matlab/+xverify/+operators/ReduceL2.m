function y = ReduceL2(step, varargin)
%REDUCEL2 ONNX operator ReduceL2: Euclidean lengths over axes.
%   Y = XVERIFY.OPERATORS.REDUCEL2(STEP, X) or (STEP, X, AXES) for values (see xverify.internal.value).
%   STEP.attributes: keepdims (1), axes where they are no operand (all), noop_with_empty_axes (0).
%
%   Errors: xverify:ReduceL2:axis for an axis that X does not have.
%
%   Example:
%     x = xverify.internal.value(single([1 2; 3 4]), 2);
%     y = xverify.operators.ReduceL2(struct('attributes', struct('axes', 1)), x);   % y.data: 3.1623 4.4721

y = xverify.internal.operator_reduce('ReduceL2', step, varargin, @(x) cast(sqrt(sum(double(x) .^ 2, 2)), class(x)));
end

function y = ReduceL1(step, varargin)
%REDUCEL1 ONNX operator ReduceL1: sums of absolute values over axes.
%   Y = XVERIFY.OPERATORS.REDUCEL1(STEP, X) or (STEP, X, AXES) for values (see xverify.internal.value).
%   STEP.attributes: keepdims (1), axes where they are no operand (all), noop_with_empty_axes (0).
%
%   Errors: xverify:ReduceL1:axis for an axis that X does not have.
%
%   Example:
%     x = xverify.internal.value(single([1 2; 3 4]), 2);
%     y = xverify.operators.ReduceL1(struct('attributes', struct('axes', 1)), x);   % y.data: 4 6

y = xverify.internal.operator_reduce('ReduceL1', step, varargin, @(x) cast(sum(abs(x), 2, 'double'), class(x)));
end

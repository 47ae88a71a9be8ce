function y = ReduceProd(step, varargin)
%REDUCEPROD ONNX operator ReduceProd: products over axes.
%   Y = XVERIFY.OPERATORS.REDUCEPROD(STEP, X) or (STEP, X, AXES) for values (see xverify.internal.value).
%   STEP.attributes: keepdims (1), axes where they are no operand (all), noop_with_empty_axes (0).
%
%   Errors: xverify:ReduceProd:axis for an axis that X does not have.
%
%   Example:
%     x = xverify.internal.value(single([1 2; 3 4]), 2);
%     y = xverify.operators.ReduceProd(struct('attributes', struct('axes', 1)), x);   % y.data: 3 8

y = xverify.internal.operator_reduce('ReduceProd', step, varargin, @(x) cast(prod(double(x), 2), class(x)));
end

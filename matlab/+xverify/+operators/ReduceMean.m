function y = ReduceMean(step, varargin)
%REDUCEMEAN ONNX operator ReduceMean: means over axes.
%   Y = XVERIFY.OPERATORS.REDUCEMEAN(STEP, X) or (STEP, X, AXES) for values (see xverify.internal.value).
%   STEP.attributes: keepdims (1), axes where they are no operand (all), noop_with_empty_axes (0).
%
%   Errors: xverify:ReduceMean:axis for an axis that X does not have.
%
%   Example:
%     x = xverify.internal.value(single([1 2; 3 4]), 2);
%     y = xverify.operators.ReduceMean(struct('attributes', struct('axes', 1)), x);   % y.data: 2 3

y = xverify.internal.operator_reduce('ReduceMean', step, varargin, @(x) cast(sum(x, 2, 'double') / size(x, 2), class(x)));
end

function y = ReduceMax(step, varargin)
%REDUCEMAX ONNX operator ReduceMax: largest elements over axes.
%   Y = XVERIFY.OPERATORS.REDUCEMAX(STEP, X) or (STEP, X, AXES) for values (see xverify.internal.value).
%   STEP.attributes: keepdims (1), axes where they are no operand (all), noop_with_empty_axes (0).
%
%   Errors: xverify:ReduceMax:axis for an axis that X does not have.
%
%   Example:
%     x = xverify.internal.value(single([1 2; 3 4]), 2);
%     y = xverify.operators.ReduceMax(struct('attributes', struct('axes', 1)), x);   % y.data: 3 4

y = xverify.internal.operator_reduce('ReduceMax', step, varargin, @reduce);
end

function extreme = reduce(x)
if size(x, 2) == 0
  extreme = repmat(extreme_of_none(x), [size(x, 1) 1 size(x, 3)]);
elseif islogical(x)
  extreme = any(x, 2);
else
  extreme = max(x, [], 2);
  bad = any(isnan(x), 2); % MATLAB's max drops NaN
  extreme(bad) = NaN;
end
end

function extreme = extreme_of_none(x)
if islogical(x)
  extreme = false;
elseif isinteger(x)
  extreme = intmin(class(x));
else
  extreme = cast(-Inf, class(x));
end
end

function y = ArgMax(step, x)
%ARGMAX ONNX operator ArgMax: where along an axis the largest element is, from 0, as int64.
%   Y = XVERIFY.OPERATORS.ARGMAX(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: axis (0), keepdims (1), select_last_index (0: the first of equal elements). The first NaN counts as
%   largest, as in PyTorch.
%
%   Errors: xverify:ArgMax:axis for an axis that X does not have.
%
%   Example:
%     y = xverify.operators.ArgMax(struct(), xverify.internal.value(single([1; 3; 3]), 1));   % y.data: 1

y = xverify.internal.operator_extreme_place('ArgMax', step, x, @max);
end

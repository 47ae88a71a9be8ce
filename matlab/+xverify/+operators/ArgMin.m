function y = ArgMin(step, x)
%ARGMIN ONNX operator ArgMin: where along an axis the smallest element is, from 0, as int64.
%   Y = XVERIFY.OPERATORS.ARGMIN(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: axis (0), keepdims (1), select_last_index (0: the first of equal elements). The first NaN counts as
%   smallest, as in PyTorch.
%
%   Errors: xverify:ArgMin:axis for an axis that X does not have.
%
%   Example:
%     y = xverify.operators.ArgMin(struct(), xverify.internal.value(single([3; 1; 1]), 1));   % y.data: 1

y = xverify.internal.operator_extreme_place('ArgMin', step, x, @min);
end

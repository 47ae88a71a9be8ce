function y = operator_keep_nan(y, varargin)
%OPERATOR_KEEP_NAN Puts NaN where an operand has NaN: max and min of MATLAB drop it, ONNX and PyTorch pass it on.
%   Y = XVERIFY.INTERNAL.OPERATOR_KEEP_NAN(Y, A, B, ...) with the operands that Y was made of by implicit expansion.
%
%   Example:
%     xverify.internal.operator_keep_nan(max([NaN 1], 0), [NaN 1])   % NaN 1

for k = 1:numel(varargin)
  bad = isnan(varargin{k});
  if any(bad(:))
    y(bad | false(size(y))) = NaN;
  end
end
end

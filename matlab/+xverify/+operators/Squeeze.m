function y = Squeeze(step, varargin)
%SQUEEZE ONNX operator Squeeze: without axes of size 1.
%   Y = XVERIFY.OPERATORS.SQUEEZE(STEP, X) or (STEP, X, AXES) for values (see xverify.internal.value). Without axes, all
%   axes of size 1 go.
%   STEP.attributes: axes, where they are no operand.
%
%   Errors: xverify:Squeeze:axis for an axis that X does not have, xverify:Squeeze:size for one that is not 1 long.
%
%   Example:
%     x = xverify.internal.value(ones(5, 1, 2, 'single'), 3);
%     y = xverify.operators.Squeeze(struct(), x, xverify.internal.value(int64(1), 1));   % size(y.data): 5 2

x = varargin{1};
shape = xverify.internal.shape_of(x);
axes = xverify.internal.operator_list(step, 'axes', varargin, 2, find(shape == 1) - 1);
positions = x.rank + 1 - xverify.internal.operator_dims(axes, x.rank, 'Squeeze');
if any(shape(positions) ~= 1)
  error('xverify:Squeeze:size', 'Squeeze: axes %s of %s are not all 1 long.', mat2str(axes), mat2str(shape));
end
shape(positions) = [];
y = xverify.internal.operator_reshape(x.data, shape);
end

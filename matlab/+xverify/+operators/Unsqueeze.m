function y = Unsqueeze(step, varargin)
%UNSQUEEZE ONNX operator Unsqueeze: with new axes of size 1.
%   Y = XVERIFY.OPERATORS.UNSQUEEZE(STEP, X, AXES) for values (see xverify.internal.value); AXES count in the result.
%   STEP.attributes: axes, where they are no operand.
%
%   Errors: xverify:Unsqueeze:axis for an axis that the result does not have.
%
%   Example:
%     x = xverify.internal.value(ones(5, 2, 'single'), 2);
%     y = xverify.operators.Unsqueeze(struct(), x, xverify.internal.value(int64(1), 1));   % size(y.data): 5 1 2

x = varargin{1};
axes = xverify.internal.operator_list(step, 'axes', varargin, 2, []);
rank = x.rank + numel(axes);
shape = ones(1, rank);
kept = true(1, rank);
kept(rank + 1 - xverify.internal.operator_dims(axes, rank, 'Unsqueeze')) = false;
shape(kept) = xverify.internal.shape_of(x);
y = xverify.internal.operator_reshape(x.data, shape);
end

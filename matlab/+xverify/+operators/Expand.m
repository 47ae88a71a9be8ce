function y = Expand(~, x, shape)
%EXPAND ONNX operator Expand: axes of size 1 repeated until the shape fits another.
%   Y = XVERIFY.OPERATORS.EXPAND(STEP, X, SHAPE) for values (see xverify.internal.value). X and SHAPE broadcast to each
%   other, so a 1 in SHAPE leaves X's axis as it is.
%
%   Example:
%     x = xverify.internal.value(single([1; 2]), 1);
%     y = xverify.operators.Expand(struct(), x, xverify.internal.value(int64([3; 1]), 1));   % size(y.data): 2 3

wanted = xverify.internal.operator_sizes(double(shape.data(:).'));
own = size(x.data);
own(end + 1:numel(wanted)) = 1;
wanted(end + 1:numel(own)) = 1;
kept = wanted == 1;
wanted(kept) = own(kept);
y = xverify.internal.value(xverify.internal.operator_expand(x.data, wanted), max(x.rank, numel(shape.data)));
end

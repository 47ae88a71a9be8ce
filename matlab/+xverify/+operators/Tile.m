function y = Tile(~, x, repeats)
%TILE ONNX operator Tile: an array repeated along its axes.
%   Y = XVERIFY.OPERATORS.TILE(STEP, X, REPEATS) for values (see xverify.internal.value), one number an axis.
%
%   Example:
%     x = xverify.internal.value(single([1; 2]), 1);
%     y = xverify.operators.Tile(struct(), x, xverify.internal.value(int64(2), 1));   % y.data: 1 2 1 2

y = xverify.internal.value(repmat(x.data, xverify.internal.operator_sizes(double(repeats.data(:).'))), x.rank);
end

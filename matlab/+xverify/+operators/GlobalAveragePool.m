function y = GlobalAveragePool(~, x)
%GLOBALAVERAGEPOOL ONNX operator GlobalAveragePool: the mean of each channel, over all spatial axes.
%   Y = XVERIFY.OPERATORS.GLOBALAVERAGEPOOL(STEP, X) for a value X with axes N C ... (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(reshape(single(1:6), 3, 2, 1), 3);
%     y = xverify.operators.GlobalAveragePool(struct(), x);   % y.data: 2 5

shape = xverify.internal.shape_of(x);
data = reshape(x.data, prod(shape(3:end)), prod(shape(1:2)));
means = cast(sum(data, 1, 'double') / size(data, 1), class(data));
shape(3:end) = 1;
y = xverify.internal.operator_reshape(means, shape);
end

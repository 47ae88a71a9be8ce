function y = GlobalMaxPool(~, x)
%GLOBALMAXPOOL ONNX operator GlobalMaxPool: the largest element of each channel, over all spatial axes.
%   Y = XVERIFY.OPERATORS.GLOBALMAXPOOL(STEP, X) for a value X with axes N C ... (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(reshape(single(1:6), 3, 2, 1), 3);
%     y = xverify.operators.GlobalMaxPool(struct(), x);   % y.data: 3 6

shape = xverify.internal.shape_of(x);
data = reshape(x.data, prod(shape(3:end)), prod(shape(1:2)));
largest = max(data, [], 1);
largest(any(isnan(data), 1)) = NaN; % MATLAB's max drops NaN
shape(3:end) = 1;
y = xverify.internal.operator_reshape(largest, shape);
end

function v = operator_reshape(data, shape)
%OPERATOR_RESHAPE A value of the given ONNX shape with the elements of an array, in memory order.
%   V = XVERIFY.INTERNAL.OPERATOR_RESHAPE(DATA, SHAPE). Reversed axes make MATLAB's memory order ONNX's.
%
%   Example:
%     xverify.internal.operator_reshape(single(1:6), [2 3])   % 3 x 2 data, rank 2
%
%   See also xverify.internal.value

v = xverify.internal.value(reshape(data, xverify.internal.operator_sizes(shape)), numel(shape));
end

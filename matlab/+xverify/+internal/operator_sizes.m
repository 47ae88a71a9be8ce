function sizes = operator_sizes(shape)
%OPERATOR_SIZES Size of the reversed array of an ONNX shape.
%   SIZES = XVERIFY.INTERNAL.OPERATOR_SIZES(SHAPE) turns the row SHAPE around and gives it the two dimensions at least
%   that an array of MATLAB has: a vector of n elements is n x 1, a scalar (shape zeros(1, 0)) 1 x 1.
%
%   Example:
%     xverify.internal.operator_sizes([2 3 5])   % 5 3 2
%
%   See also xverify.internal.shape_of

sizes = [shape(end:-1:1) ones(1, 2 - numel(shape))];
end

function y = MatMul(~, a, b)
%MATMUL ONNX operator MatMul: matrix products over the last two axes; the others broadcast.
%   Y = XVERIFY.OPERATORS.MATMUL(STEP, A, B) for values (see xverify.internal.value). A vector is a row on the left, a
%   column on the right, and its axis is missing in Y.
%
%   Errors: xverify:MatMul:size where the inner sizes differ.
%
%   Example:
%     a = xverify.internal.value(single([1 3; 2 4]), 2);   % ONNX's [1 2; 3 4]
%     b = xverify.internal.value(single([1; 1]), 1);
%     y = xverify.operators.MatMul(struct(), a, b);   % y.data: 3 7

left = a.data;
right = b.data;
if b.rank == 1
  right = right.'; % a column of ONNX is a row of a reversed array
end
if size(left, 1) ~= size(right, 2)
  error('xverify:MatMul:size', 'MatMul: %s and %s have no common inner size.', ...
    mat2str(xverify.internal.shape_of(a)), mat2str(xverify.internal.shape_of(b)));
end
% Reversed axes exchange the factors: (A * B).' = B.' * A.'.
product = xverify.internal.operator_page_product(right, left);
sizes = size(product);
sizes(end + 1:max([a.rank, b.rank, 2])) = 1;
shape = sizes(max([a.rank, b.rank, 2]):-1:1);
if a.rank == 1
  shape(end - 1) = [];
end
if b.rank == 1
  shape(end) = [];
end
y = xverify.internal.operator_reshape(product, shape);
end

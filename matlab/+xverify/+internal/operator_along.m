function data = operator_along(data, dim, matrix)
%OPERATOR_ALONG A matrix times an array along one dimension.
%   DATA = XVERIFY.INTERNAL.OPERATOR_ALONG(DATA, DIM, MATRIX): each vector along DIM becomes MATRIX * vector.
%
%   Example:
%     xverify.internal.operator_along([1 2; 3 4], 2, [1 1])   % 3; 7

sizes = size(data);
sizes(end + 1:dim) = 1;
matrix = cast(matrix, class(data));
before = prod(sizes(1:dim - 1));
after = prod(sizes(dim + 1:end));
made = [sizes(1:dim - 1) size(matrix, 1) sizes(dim + 1:end) 1];
if before == 1
  data = matrix * reshape(data, sizes(dim), after);
else
  data = xverify.internal.operator_page_product(reshape(data, before, sizes(dim), after), matrix.');
end
data = reshape(data, made);
end

function product = operator_page_product(a, b)
%OPERATOR_PAGE_PRODUCT Matrix products of pages: dimensions 1 and 2 are matrices, the others expand implicitly.
%   PRODUCT = XVERIFY.INTERNAL.OPERATOR_PAGE_PRODUCT(A, B). One page on the left makes a single product of all pages.
%   Integers are multiplied as doubles, since MATLAB has no matrix product of them.
%
%   Example:
%     size(xverify.internal.operator_page_product(ones(2, 3), ones(3, 4, 5)))   % 2 4 5

result_class = class(a);
if ~isfloat(a)
  a = double(a);
  b = double(b);
end
sizes_a = size(a);
sizes_b = size(b);
sizes_a(end + 1:numel(sizes_b)) = 1;
sizes_b(end + 1:numel(sizes_a)) = 1;
if prod(sizes_a(3:end)) == 1
  product = reshape(a * reshape(b, sizes_b(1), prod(sizes_b(2:end))), [size(a, 1) sizes_b(2:end)]);
else
  product = page_by_page(a, b, sizes_a, sizes_b);
end
if ~strcmp(class(product), result_class)
  product = cast(product, result_class);
end
end

function product = page_by_page(a, b, sizes_a, sizes_b)
pages = sizes_a(3:end);
pages(pages == 1) = sizes_b([false false pages == 1]);
page_a = page_numbers(sizes_a(3:end), pages);
page_b = page_numbers(sizes_b(3:end), pages);
product = zeros([sizes_a(1) sizes_b(2) prod(pages)], class(a));
for k = 1:prod(pages)
  product(:, :, k) = a(:, :, page_a(k)) * b(:, :, page_b(k));
end
product = reshape(product, [sizes_a(1) sizes_b(2) pages]);
end

function numbers = page_numbers(own, pages)
% For each page of the result the page of the operand.
numbers = reshape(1:prod(own), [own 1 1]);
numbers = xverify.internal.operator_expand(numbers, [pages 1 1]);
end

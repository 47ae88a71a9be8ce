function y = Einsum(step, varargin)
%EINSUM ONNX operator Einsum: sums of products over named axes.
%   Y = XVERIFY.OPERATORS.EINSUM(STEP, A, B, ...) for values (see xverify.internal.value), taken in pairs from the left.
%   STEP.attributes: equation, such as 'bij,bjk->bik'; '...' stands for axes that broadcast.
%
%   Errors: xverify:Einsum:equation where it does not fit the operands.
%
%   Example:
%     a = xverify.internal.value(single([1; 2]), 1);
%     y = xverify.operators.Einsum(struct('attributes', struct('equation', 'i,i->')), a, a);   % y.data: 5, y.rank: 0

[labels, result] = parsed(xverify.internal.operator_attribute(step, 'equation', ''), varargin);
left = operand(varargin{1}.data, labels{1});
for k = 2:numel(varargin)
  later = [labels{k + 1:end} result];
  left = contracted(left, operand(varargin{k}.data, labels{k}), later);
end
left = summed(left, result);
[~, order] = ismember(fliplr(result), left.labels);
data = left.data;
if numel(order) > 1
  data = permute(data, order);
end
y = xverify.internal.value(reshape(data, [size(data) 1]), numel(result));
if numel(result) < 2
  y.data = data(:);
end
end

function [labels, result] = parsed(equation, operands)
% Numbers name the axes: characters as they are, axes of '...' from 1000, counted from the last one.
equation = strrep(equation, ' ', '');
sides = strsplit(equation, '->');
terms = strsplit(sides{1}, ',');
if numel(terms) ~= numel(operands) || numel(sides) > 2
  error('xverify:Einsum:equation', 'Einsum: equation %s for %d operands.', equation, numel(operands));
end
labels = cell(1, numel(terms));
widest = 0;
for k = 1:numel(terms)
  hidden = operands{k}.rank - numel(strrep(terms{k}, '...', ''));
  labels{k} = numbered(terms{k}, hidden);
  if numel(labels{k}) ~= operands{k}.rank
    error('xverify:Einsum:equation', 'Einsum: %s of %s for an operand of rank %d.', terms{k}, equation, operands{k}.rank);
  end
  widest = max(widest, hidden);
end
everything = [labels{:}];
if numel(sides) == 2
  result = numbered(sides{2}, widest);
else % what occurs once, in alphabetical order
  letters = unique(everything(everything < 1000));
  once = arrayfun(@(label) sum(everything == label) == 1, letters);
  result = [1000 + (widest:-1:1) letters(once)];
end
if ~all(ismember(result, everything)) || numel(unique(result)) < numel(result)
  error('xverify:Einsum:equation', 'Einsum: the result of %s has an axis twice, or one that no operand has.', equation);
end
end

function label = numbered(term, hidden)
at = strfind(term, '...');
if isempty(at)
  label = double(term);
else
  label = [double(term(1:at - 1)) 1000 + (hidden:-1:1) double(term(at + 3:end))];
end
end

function part = operand(data, labels)
% The labels in the order of the reversed array's dimensions. An axis named twice is a diagonal.
part = struct('data', data, 'labels', fliplr(labels));
for label = unique(labels)
  while sum(part.labels == label) > 1
    part = diagonal(part, find(part.labels == label, 2));
  end
end
end

function part = diagonal(part, pair)
others = setdiff(1:numel(part.labels), pair);
sizes = size(part.data);
sizes(end + 1:numel(part.labels)) = 1;
count = sizes(pair(1));
data = reshape(permute(part.data, [pair others]), count ^ 2, prod(sizes(others)));
data = data(1:count + 1:end, :);
part.data = reshape(data, [count sizes(others) 1]);
part.labels = part.labels([pair(1) others]);
end

function part = summed(part, kept)
% Sums over the axes that nothing needs any more.
for d = find(~ismember(part.labels, kept))
  part.data = cast(sum(part.data, d, 'double'), class(part.data));
end
sizes = size(part.data);
sizes(end + 1:numel(part.labels)) = 1;
stays = ismember(part.labels, kept);
part.data = reshape(part.data, [sizes(stays) 1 1]);
part.labels = part.labels(stays);
end

function part = contracted(a, b, later)
a = summed(a, [b.labels later]);
b = summed(b, [a.labels later]);
common = intersect(a.labels, b.labels);
pages = common(ismember(common, later));
inner = setdiff(common, pages);
left = setdiff(a.labels, common);
right = setdiff(b.labels, common);
[first, sizes_a] = as_matrices(a, left, inner, pages);
[second, sizes_b] = as_matrices(b, inner, right, pages);
if ~isequal(sizes_a{2}, sizes_b{1})
  error('xverify:Einsum:equation', 'Einsum: an axis has size %s in one operand and %s in another.', ...
    mat2str(sizes_a{2}), mat2str(sizes_b{1}));
end
data = xverify.internal.operator_page_product(first, second);
paged = size(data);
paged(end + 1:2 + numel(pages)) = 1;
part.data = reshape(data, [sizes_a{1} sizes_b{2} paged(3:2 + numel(pages)) 1 1]);
part.labels = [left right pages];
end

function [data, sizes] = as_matrices(part, rows, columns, pages)
[~, order] = ismember([rows columns pages], part.labels);
all_sizes = size(part.data);
all_sizes(end + 1:numel(part.labels)) = 1;
data = part.data;
if numel(order) > 1
  data = permute(data, order);
end
of = @(labels) all_sizes(arrayfun(@(label) find(part.labels == label), labels));
sizes = {of(rows), of(columns), of(pages)};
data = reshape(data, [prod(sizes{1}) prod(sizes{2}) sizes{3}]);
end

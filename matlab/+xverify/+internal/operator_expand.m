function data = operator_expand(data, sizes)
%OPERATOR_EXPAND Repeats an array's singleton dimensions until it has the given size.
%   DATA = XVERIFY.INTERNAL.OPERATOR_EXPAND(DATA, SIZES), SIZES a row with two dimensions at least, as implicit
%   expansion would make it.
%
%   Example:
%     size(xverify.internal.operator_expand(ones(3, 1, 2), [3 4 2]))   % 3 4 2

own = size(data);
own(end + 1:numel(sizes)) = 1;
repeats = ones(1, numel(sizes));
single_dims = own == 1;
repeats(single_dims) = sizes(single_dims);
if any(repeats ~= 1)
  data = repmat(data, repeats);
end
end

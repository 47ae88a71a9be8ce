function x = operator_pad_around(x, first, last, fill)
%OPERATOR_PAD_AROUND An array with a border along its first dimensions.
%   X = XVERIFY.INTERNAL.OPERATOR_PAD_AROUND(X, FIRST, LAST, FILL): so many elements FILL before and behind, one number a
%   dimension. Without padding X is not copied.
%
%   Example:
%     xverify.internal.operator_pad_around(single([1; 2]), 1, 0, 0)   % 0 1 2

if ~any([first last])
  return
end
rank = numel(first);
sizes = size(x);
sizes(end + 1:rank) = 1;
all_sizes = sizes;
all_sizes(1:rank) = sizes(1:rank) + first + last;
padded = repmat(cast(fill, class(x)), [all_sizes ones(1, 2 - numel(all_sizes))]);
to = repmat({':'}, 1, max(numel(sizes), 2));
for d = 1:rank
  to{d} = first(d) + (1:sizes(d));
end
padded(to{:}) = x;
x = padded;
end

function sizes = operator_broadcast_sizes(varargin)
%OPERATOR_BROADCAST_SIZES Size that arrays have together after implicit expansion.
%   SIZES = XVERIFY.INTERNAL.OPERATOR_BROADCAST_SIZES(A, B, ...). A dimension of 0 stays 0.
%
%   Example:
%     xverify.internal.operator_broadcast_sizes(ones(3, 1), ones(1, 4))   % 3 4

sizes = [1 1];
for k = 1:nargin
  own = size(varargin{k});
  own(end + 1:numel(sizes)) = 1;
  sizes(end + 1:numel(own)) = 1;
  replaced = sizes == 1;
  sizes(replaced) = own(replaced);
end
end

function shape = shape_of(v)
%SHAPE_OF PyTorch's shape of a value, as a row of doubles: 1 x v.rank, in PyTorch's axis order.
%   SHAPE = XVERIFY.INTERNAL.SHAPE_OF(V) undoes what MATLAB does to trailing singleton dimensions.
%
%   Example:
%     xverify.internal.shape_of(xverify.internal.value(ones(4, 3), 3))   % 1 3 4
%
%   See also xverify.internal.value

sizes = size(v.data);
sizes(end + 1:v.rank) = 1;
shape = sizes(v.rank:-1:1);
end

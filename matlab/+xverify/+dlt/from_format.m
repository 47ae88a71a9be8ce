function [x, known] = from_format(Y, labels, flattened, layer)
%FROM_FORMAT The toolbox's value of a layer in the order in which reference.mat has PyTorch's.
%   [X, KNOWN] = XVERIFY.DLT.FROM_FORMAT(Y, LABELS, FLATTENED, LAYER). Axes follow their labels; a dimension of size 1 may be missing on
%   either side. KNOWN is false where the format does not say what a dimension means.
%
%   Inputs:  Y          dlarray
%            LABELS     what PyTorch's axes mean: 'BCSS'; 1 is an axis of size 1 that the MATLAB array lacks
%            FLATTENED  the size [height width channels] that a flattenLayer joined, [] elsewhere
%            LAYER      of xverify.internal.load_bundle
%   Outputs: X          array in the stored axis order, or of another size if Y's is another
%            KNOWN      logical
%
%   Example:
%     [x, known] = xverify.dlt.from_format(predict(net, X), 'BC', [], bundle.layers{end});
%
%   See also xverify.dlt.places

format = dims(Y);
x = gather(extractdata(Y));
from = xverify.dlt.places(labels, format);
rest = setdiff(1:numel(format), from);
sizes = size(x);
sizes(end + 1:numel(format)) = 1;
known = ~any(format == 'U') && all(sizes(rest) == 1);
if ~known
  return
end
missing = from == 0;
from(missing) = numel(format) + (1:sum(missing)); % dimensions beyond the last have size 1
x = permute(x, [from, rest, max([from, rest, 0]) + (1:max(0, 2 - numel([from, rest])))]);
if numel(x) ~= prod(layer.shape)
  return % another size: the comparison says so
end
x = reshape(x, [layer.shape, 1, 1]);
if ~isempty(flattened)
  elements = permute(reshape(1:prod(flattened), flattened), [2, 1, 3:numel(flattened)]); % PyTorch flattens with width fastest
  x = x(:, elements(:));
end
if numel(layer.shape) > 1
  x = permute(x, layer.permutation);
else
  x = x(:);
end
end

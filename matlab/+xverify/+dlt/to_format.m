function X = to_format(x, labels, flattened, item)
%TO_FORMAT PyTorch's value of an input or layer, as reference.mat stores it, as the array with a format that the toolbox takes.
%   X = XVERIFY.DLT.TO_FORMAT(X, LABELS, FLATTENED, ITEM); the opposite of xverify.dlt.from_format.
%
%   Inputs:  X          array in the stored axis order
%            LABELS     what PyTorch's axes mean: 'BCSS', without U
%            FLATTENED  the size [height width channels] that a flattenLayer joined, [] elsewhere
%            ITEM       the input or layer, of xverify.internal.load_bundle
%   Output:  X          dlarray
%
%   Example:
%     X = xverify.dlt.to_format(stored{1}, 'BCSS', [], bundle.inputs{1});
%
%   See also xverify.dlt.places

if numel(item.shape) > 1
  [~, back] = sort(item.permutation);
  x = permute(x, back);
end
if ~isempty(flattened)
  elements = permute(reshape(1:prod(flattened), flattened), [2, 1, 3:numel(flattened)]); % PyTorch flattens with width fastest
  x(:, elements(:)) = x;
end
[~, order] = xverify.dlt.places(labels, labels);
format = labels(order);
if numel(order) > 1
  x = permute(x, order);
end
X = dlarray(single(x), format(format ~= '1'));
end

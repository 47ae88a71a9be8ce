function [from, order] = places(labels, format)
%PLACES Where PyTorch's axes stand in a MATLAB array with a format.
%   FROM = XVERIFY.DLT.PLACES(LABELS, FORMAT): for each of PyTorch's axes the dimension of an array with this format, 0 if it has none.
%   [FROM, ORDER] = XVERIFY.DLT.PLACES(LABELS, FORMAT): PyTorch's axes in MATLAB's order; axes that a MATLAB array lacks come last.
%   The spatial axes of a volume are depth, height, width in PyTorch, and height, width, depth in MATLAB.
%
%   Inputs:  LABELS  what PyTorch's axes mean: 'BCSS'; 1 is an axis of size 1 that the MATLAB array lacks
%            FORMAT  a format of a dlarray: 'SSCB'
%
%   Example:
%     [from, order] = xverify.dlt.places('BCSS', 'SSCB'); % [4 3 1 2], [3 4 2 1]
%
%   See also xverify.dlt.from_format, xverify.dlt.to_format

space = find(labels == 'S');
if numel(space) == 3
  space = space([2, 3, 1]);
end
order = [space, find(labels == 'C'), find(labels == 'B'), find(labels == 'T'), find(labels == '1')];
from = zeros(1, numel(labels));
spatial = find(format == 'S');
for k = 1:min(numel(space), numel(spatial))
  from(space(k)) = spatial(k);
end
for label = 'CBT'
  at = find(format == label, 1);
  if ~isempty(at) && any(labels == label)
    from(labels == label) = at;
  end
end
end

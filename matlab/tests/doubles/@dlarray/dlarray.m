function X = dlarray(data, format)
%DLARRAY A stand-in, see README.md: an array whose dimensions have labels, sorted as S, C, B, T.

if isa(data, 'dlarray')
  data = extractdata(data);
end
if nargin < 2
  format = '';
end
if numel(format) > 1 && ndims(data) > numel(format)
  error('doubles:dlarray:format', '%d dimensions, %d labels.', ndims(data), numel(format));
end
places = zeros(size(format));
for k = 1:numel(format)
  places(k) = find('SCBTU' == format(k));
end
[~, order] = sort(places);
if numel(order) > 1 && ~isequal(order, 1:numel(order))
  data = permute(data, order);
end
X = class(struct('data', data, 'format', format(order)), 'dlarray');
end

function [before, behind] = edges(value, count)
%EDGES Padding or cropping before and behind each of COUNT axes, from MATLAB's forms of it.
%   One number holds for all edges; [left right]; [top bottom left right]; [top left front; bottom right back].

if isscalar(value)
  value = repmat(value, 1, 2 * count);
  if count == 3
    value = repmat(value(1), 2, 3);
  end
end
if count == 3
  sizes = {value(1, :), value(2, :)};
else
  if numel(value) ~= 2 * count
    error('doubles:layer:padding', 'Padding %s does not fit %d dimensions.', mat2str(value), count);
  end
  sizes = {value(1:2:end), value(2:2:end)};
end
[before, behind] = sizes{:};
before(end + 1:3) = 0;
behind(end + 1:3) = 0;
end

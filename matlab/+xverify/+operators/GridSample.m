function y = GridSample(step, x, grid)
%GRIDSAMPLE ONNX operator GridSample: an image read at given places, with interpolation.
%   Y = XVERIFY.OPERATORS.GRIDSAMPLE(STEP, X, GRID) for values (see xverify.internal.value): X has the axes N C ..., the last
%   axis of GRID holds places x, y, ..., from -1 to 1 over the image.
%   STEP.attributes: mode ('linear', 'nearest' or 'cubic'; 'bilinear' and 'bicubic' before operator set 20), padding_mode
%   ('zeros', 'border' or 'reflection'), align_corners (0).
%
%   Errors: xverify:GridSample:mode for another mode or padding_mode.
%
%   Example:
%     x = xverify.internal.value(single([1 3; 2 4]), 4);
%     y = xverify.operators.GridSample(struct(), x, xverify.internal.value(zeros(2, 1, 'single'), 4));   % y.data: 2.5

shape = xverify.internal.shape_of(x);
outer = xverify.internal.shape_of(grid);
spatial = fliplr(shape(3:end));
rank = numel(spatial);
s = settings(step, spatial);
count = prod(outer(2:end - 1));
x = reshape(x.data, prod(spatial), shape(2), shape(1));
grid = reshape(grid.data, rank, count, outer(1));
data = zeros(count, shape(2), shape(1), class(x));
for image = 1:shape(1)
  [index, weight] = taps(grid(:, :, image), s);
  for combination = 1:numel(s.offsets) ^ rank
    [place, factor] = combined(index, weight, combination - 1, spatial);
    data(:, :, image) = data(:, :, image) + x(place, :, image) .* factor;
  end
end
y = xverify.internal.operator_reshape(data, [shape(1:2) outer(2:end - 1)]);
end

function s = settings(step, spatial)
s.sizes = spatial;
s.align = xverify.internal.operator_attribute(step, 'align_corners', 0);
s.padding = xverify.internal.operator_attribute(step, 'padding_mode', 'zeros');
if ~any(strcmp(s.padding, {'zeros', 'border', 'reflection'}))
  error('xverify:GridSample:mode', 'GridSample: padding_mode is %s, not zeros, border or reflection.', s.padding);
end
mode = xverify.internal.operator_attribute(step, 'mode', 'linear');
switch mode
  case {'linear', 'bilinear'}
    s.offsets = [0 1];
    s.kernel = @(d) max(1 - abs(d), 0);
  case 'nearest'
    s.offsets = 0;
    s.kernel = [];
  case {'cubic', 'bicubic'}
    s.offsets = -1:2;
    s.kernel = @(d) xverify.internal.operator_cubic(d, -0.75);
  otherwise
    error('xverify:GridSample:mode', 'GridSample: mode is %s, not linear, nearest or cubic.', mode);
end
end

function [index, weight] = taps(grid, s)
% For each spatial dimension the elements around a place, a column each (from 0), and their weights; 0 outside the image.
index = cell(1, numel(s.sizes));
weight = index;
for d = 1:numel(s.sizes)
  count = s.sizes(d);
  if s.align % in the grid's own precision, as PyTorch computes it: rounding decides what is nearest
    place = (grid(d, :).' + 1) / 2 * (count - 1);
  else
    place = ((grid(d, :).' + 1) * count - 1) / 2;
  end
  place = double(place);
  if numel(s.offsets) < 4
    place = inside(place, count, s);
  end
  if isempty(s.kernel)
    base = xverify.internal.operator_round(place);
    near = ones(size(base));
  else
    base = floor(place);
    near = s.kernel(place - base - s.offsets);
  end
  at = base + s.offsets;
  if numel(s.offsets) == 4
    at = inside(at, count, s);
  end
  near(~(at >= 0 & at < count)) = 0;
  index{d} = min(max(at, 0), count - 1);
  weight{d} = near;
end
end

function place = inside(place, count, s)
switch s.padding
  case 'border'
    place = min(max(place, 0), count - 1);
  case 'reflection'
    edge = -0.5 * ~s.align; % the mirror stands on the outer elements, or half an element outside
    span = count - 1 - 2 * edge;
    if span == 0
      place(:) = 0;
    else
      place = mod(place - edge, 2 * span);
      place = min(place, 2 * span - place) + edge;
      place = min(max(place, 0), count - 1);
    end
end
end

function [place, factor] = combined(index, weight, combination, spatial)
place = 1;
factor = 1;
stride = 1;
for d = 1:numel(spatial)
  tap = mod(combination, size(index{d}, 2)) + 1;
  combination = floor(combination / size(index{d}, 2));
  place = place + index{d}(:, tap) * stride;
  factor = factor .* weight{d}(:, tap);
  stride = stride * spatial(d);
end
end

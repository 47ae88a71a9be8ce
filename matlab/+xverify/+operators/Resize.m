function y = Resize(step, x, varargin)
%RESIZE ONNX operator Resize: another size by interpolation.
%   Y = XVERIFY.OPERATORS.RESIZE(STEP, X, ROI, SCALES) or (STEP, X, ROI, SCALES, SIZES) for values (see
%   xverify.internal.value); either SCALES or SIZES, the other left out.
%   STEP.attributes:
%     mode                              'nearest' (default), 'linear' or 'cubic'
%     coordinate_transformation_mode    'half_pixel' (default), 'pytorch_half_pixel', 'half_pixel_symmetric',
%                                       'align_corners', 'asymmetric' or 'tf_crop_and_resize'
%     nearest_mode                      'round_prefer_floor' (default), 'round_prefer_ceil', 'floor' or 'ceil'
%     cubic_coeff_a (-0.75), exclude_outside (0), extrapolation_value (0), antialias (0), axes (all)
%     keep_aspect_ratio_policy          'stretch' (default), 'not_larger' or 'not_smaller'
%
%   Errors: xverify:Resize:axis for an axis that X does not have, xverify:Resize:mode for a mode that is not listed here.
%
%   Example:
%     x = xverify.internal.value(single([1; 2]), 1);
%     scales = xverify.internal.value(single(2), 1);
%     y = xverify.operators.Resize(struct(), x, [], scales);   % y.data: 1 1 2 2

axes = xverify.internal.operator_attribute(step, 'axes', 0:x.rank - 1);
dims = xverify.internal.operator_dims(axes, x.rank, 'Resize');
[scales, sizes] = targets(step, varargin, size_along(x.data, dims));
roi = xverify.internal.operator_operand(varargin, 1);
crops = is_crop(step);
data = x.data;
for k = 1:numel(dims)
  region = [0 1];
  if crops
    region = double(roi.data([k k + numel(dims)])).';
  end
  if sizes(k) ~= size(data, dims(k)) || scales(k) ~= 1 || crops
    data = resize_along(data, dims(k), scales(k), sizes(k), region, step);
  end
end
y = xverify.internal.value(data, x.rank);
end

function answer = is_crop(step)
mode = xverify.internal.operator_attribute(step, 'coordinate_transformation_mode', '');
answer = strcmp(mode, 'tf_crop_and_resize');
end

function sizes = size_along(data, dims)
sizes = size(data);
sizes(end + 1:max([dims 0])) = 1;
sizes = sizes(dims);
end

function [scales, sizes] = targets(step, operands, own)
wanted = xverify.internal.operator_operand(operands, 3);
if isempty(wanted) || isempty(wanted.data)
  scale = xverify.internal.operator_operand(operands, 2);
  scales = double(scale.data(:).');
  % In single precision, as runtimes have it: 10 * 0.7 is 7 there, and 6.9999999 in double precision.
  sizes = double(floor(single(own) .* single(scales)));
  return
end
sizes = double(wanted.data(:).');
scales = sizes ./ own;
policy = xverify.internal.operator_attribute(step, 'keep_aspect_ratio_policy', 'stretch');
switch policy
  case 'stretch'
    return
  case 'not_larger'
    scales(:) = min(scales);
  case 'not_smaller'
    scales(:) = max(scales);
  otherwise
    error('xverify:Resize:mode', 'Resize: keep_aspect_ratio_policy is %s.', policy);
end
sizes = floor(scales .* own + 0.5);
end

function data = resize_along(data, dim, scale, count, region, step)
own = size(data, dim);
place = places(own, scale, count, region, step);
outside = place < 0 | place > own - 1;
mode = xverify.internal.operator_attribute(step, 'mode', 'nearest');
if strcmp(mode, 'nearest')
  index = repmat({':'}, 1, max(ndims(data), dim));
  index{dim} = min(max(nearest(place, step), 0), own - 1) + 1;
  data = data(index{:});
else
  data = xverify.internal.operator_along(data, dim, interpolation(place, own, scale, mode, step));
end
if is_crop(step) && any(outside)
  index = repmat({':'}, 1, max(ndims(data), dim));
  index{dim} = outside;
  data(index{:}) = xverify.internal.operator_attribute(step, 'extrapolation_value', 0);
end
end

function place = places(own, scale, count, region, step)
% Where each element of the result lies among the elements of X, from 0.
x = (0:count - 1).';
mode = xverify.internal.operator_attribute(step, 'coordinate_transformation_mode', 'half_pixel');
switch mode
  case 'half_pixel'
    place = (x + 0.5) / scale - 0.5;
  case 'pytorch_half_pixel'
    place = ((x + 0.5) / scale - 0.5) * (count > 1);
  case 'half_pixel_symmetric'
    place = own / 2 * (1 - count / (scale * own)) + (x + 0.5) / scale - 0.5;
  case 'align_corners'
    place = x * (own - 1) / max(count - 1, 1);
  case 'asymmetric'
    % As PyTorch rounds it: the floor of a number that should be whole hangs on it.
    place = double(single(x) * single(1 / scale));
  case 'tf_crop_and_resize'
    place = region(1) * (own - 1) + x * diff(region) * (own - 1) / max(count - 1, 1);
    if count == 1
      place = sum(region) * (own - 1) / 2;
    end
  otherwise
    error('xverify:Resize:mode', 'Resize: coordinate_transformation_mode is %s.', mode);
end
end

function index = nearest(place, step)
mode = xverify.internal.operator_attribute(step, 'nearest_mode', 'round_prefer_floor');
switch mode
  case 'round_prefer_floor'
    index = ceil(place - 0.5);
  case 'round_prefer_ceil'
    index = floor(place + 0.5);
  case 'floor'
    index = floor(place);
  case 'ceil'
    index = ceil(place);
  otherwise
    error('xverify:Resize:mode', 'Resize: nearest_mode is %s.', mode);
end
end

function weights = interpolation(place, own, scale, mode, step)
% A matrix: rows are the elements of the result, columns those of X.
narrow = 1;
if xverify.internal.operator_attribute(step, 'antialias', 0)
  narrow = min(scale, 1); % the kernel widens as the image shrinks
end
switch mode
  case 'linear'
    reach = 1;
    kernel = @(d) max(1 - abs(d), 0);
  case 'cubic'
    reach = 2;
    a = xverify.internal.operator_attribute(step, 'cubic_coeff_a', -0.75);
    kernel = @(d) xverify.internal.operator_cubic(d, a);
  otherwise
    error('xverify:Resize:mode', 'Resize: mode is %s.', mode);
end
first = floor(-reach / narrow) + 1;
base = floor(place);
offsets = first:1 - first;
near = kernel((offsets - (place - base)) * narrow);
index = base + offsets;
if xverify.internal.operator_attribute(step, 'exclude_outside', 0)
  near(index < 0 | index >= own) = 0;
end
near = near ./ sum(near, 2);
index = min(max(index, 0), own - 1) + 1;
rows = repmat((1:numel(place)).', 1, numel(offsets));
weights = accumarray([rows(:) index(:)], near(:), [numel(place) own]);
end

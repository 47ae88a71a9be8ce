function y = image_resize(x, sizes, interpolation)
%IMAGE_RESIZE An image in another size: the same bytes as Pillow's Image.resize.
%   Y = XVERIFY.INTERNAL.IMAGE_RESIZE(X, [HEIGHT WIDTH], INTERPOLATION) takes and gives uint8, height x width x channels.
%   INTERPOLATION is 'nearest', 'bilinear' or 'bicubic' (a = -0.5). The last two widen their filter when they make an image smaller, so
%   that every pixel counts. Pillow computes in integers: weights of 22 fractional bits, rows first, 8 bits between the two passes.
%   Products and sums stay below 2^53, so that doubles hold them exactly, in whatever order they are added.

y = x;
if strcmp(interpolation, 'nearest')
  y = x(nearest_places(size(x, 1), sizes(1)), nearest_places(size(x, 2), sizes(2)), :);
  return
end
if size(x, 2) ~= sizes(2)
  weights = weights_of(size(x, 2), sizes(2), interpolation);
  sums = zeros(size(x, 1), sizes(2), size(x, 3));
  for channel = 1:size(x, 3)
    sums(:, :, channel) = double(x(:, :, channel)) * weights;
  end
  y = rounded(sums);
end
if size(x, 1) ~= sizes(1)
  weights = weights_of(size(x, 1), sizes(1), interpolation)';
  sums = weights * double(reshape(y, size(x, 1), []));
  y = reshape(rounded(sums), sizes(1), sizes(2), size(x, 3));
end
end

function y = rounded(sums)
%   uint8 clips to 0 .. 255.
y = uint8(floor((sums + 2^21) / 2^22));
end

function places = nearest_places(count, wanted)
%   Pillow adds the step again and again, and its rounding with it.
places = zeros(1, wanted);
step = count / wanted;
at = step * 0.5;
for k = 1:wanted
  places(k) = floor(at) + 1;
  at = at + step;
end
end

function weights = weights_of(count, wanted, interpolation)
%   Sparse, count x wanted: column k holds the weights, times 2^22, of the pixels that make pixel k.
[filter, support] = filter_of(interpolation);
scale = count / wanted;
widening = max(scale, 1);
support = support * widening;
centre = ((0:wanted - 1)' + 0.5) * scale;
first = max(fix(centre - support + 0.5), 0);
last = min(fix(centre + support + 0.5), count); % not itself among them
place = first + (0:max(last - first) - 1);
isUsed = place < last;
values = filter((place - centre + 0.5) * (1 / widening)) .* isUsed;
total = zeros(wanted, 1);
for k = 1:size(values, 2)
  total = total + values(:, k); % from the left: another order could round in another way
end
values = values ./ total;
values = fix(values * 2^22 + 0.5 * (1 - 2 * (values < 0)));
target = repmat((1:wanted)', 1, size(place, 2));
weights = sparse(place(isUsed) + 1, target(isUsed), values(isUsed), count, wanted);
end

function [filter, support] = filter_of(interpolation)
if strcmp(interpolation, 'bilinear')
  filter = @(x) max(1 - abs(x), 0);
  support = 1;
else
  filter = @(x) cubic(abs(x));
  support = 2;
end
end

function y = cubic(x)
a = -0.5;
near = ((a + 2) * x - (a + 3)) .* x .* x + 1;
far = (((x - 5) .* x + 8) .* x - 4) * a;
y = near .* (x < 1) + far .* (x >= 1 & x < 2);
end

function pixels = image_prepare(pixels, recipe, name)
%IMAGE_PREPARE A decoded image in the network's channels and size, still in 8 bits.
%   PIXELS = XVERIFY.INTERNAL.IMAGE_PREPARE(PIXELS, RECIPE, NAME) takes uint8, height x width x (1 or 3), and gives RECIPE.size: grey
%   repeated or RGB weighted (ITU-R 601-2, Pillow's integers), then resize, centre crop and the order of the channels. RECIPE comes from
%   xverify.internal.preprocessing; NAME is for messages.
%
%   Errors: xverify:evaluate:size.

if strcmp(recipe.channels, 'L')
  pixels = grey(pixels);
elseif size(pixels, 3) == 1
  pixels = repmat(pixels, [1, 1, 3]);
end
pixels = xverify.internal.image_resize(pixels, resized(size(pixels), recipe.resize), recipe.interpolation);
if ~isempty(recipe.crop)
  pixels = cropped(pixels, recipe.crop, name);
end
if strcmp(recipe.channels, 'BGR')
  pixels = pixels(:, :, [3, 2, 1]);
end
if ~isequal([size(pixels, 1), size(pixels, 2)], recipe.size(1:2))
  error('xverify:evaluate:size', '%s is %d x %d (height x width) after preprocessing; the network takes %d x %d. %s', ...
    name, size(pixels, 1), size(pixels, 2), recipe.size(1), recipe.size(2), 'Export it again with the resize and crop of your training.');
end
end

function y = grey(x)
y = x;
if size(x, 3) == 3
  x = double(x);
  y = uint8(floor((x(:, :, 1) * 19595 + x(:, :, 2) * 38470 + x(:, :, 3) * 7471 + 32768) / 65536));
end
end

function sizes = resized(sizes, wanted)
sizes = sizes(1:2);
if numel(wanted) == 2
  sizes = wanted;
elseif numel(wanted) == 1
  % The shorter side; the other is rounded down, as torchvision does.
  sizes = floor(wanted * sizes / min(sizes));
end
end

function y = cropped(x, sizes, name)
margin = [size(x, 1), size(x, 2)] - sizes;
if any(margin < 0)
  error('xverify:evaluate:size', '%s is %d x %d (height x width) before the crop to %d x %d: it is too small.', ...
    name, size(x, 1), size(x, 2), sizes(1), sizes(2));
end
% Half of an odd margin goes to the even number, as Python rounds.
start = floor(margin / 2);
start = start + (mod(margin, 2) == 1 & mod(start, 2) == 1);
y = x(start(1) + (1:sizes(1)), start(2) + (1:sizes(2)), :);
end

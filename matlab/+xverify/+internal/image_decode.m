function pixels = image_decode(file)
%IMAGE_DECODE The pixels of an image file: uint8, height x width x 3, or x 1 for a grey image.
%   PIXELS = XVERIFY.INTERNAL.IMAGE_DECODE(FILE) resolves a colour map and leaves out transparency. Nothing is scaled: 16-bit and CMYK
%   images are refused, because their way to 8 bits is a choice that training may have made in another way.
%
%   Errors: xverify:evaluate:image, with the file's name.

[pixels, map] = read(file);
if ~isempty(map)
  % As Pillow makes 8 bits of a TIFF's 16: the upper ones. A map of 8 bits is v / 255 and comes out as v.
  entries = uint8(floor(round(map * 65535) / 256));
  pixels = reshape(entries(double(pixels) + double(isinteger(pixels)), :), [size(pixels, 1), size(pixels, 2), 3]);
elseif islogical(pixels)
  pixels = uint8(pixels) * 255;
end
if ~isa(pixels, 'uint8')
  refuse(file, sprintf('its values are %s, not 8 bits; how they are scaled cannot be guessed. Convert the image to 8 bits', class(pixels)));
end
if size(pixels, 3) == 4 && ~is_cmyk(file)
  pixels = pixels(:, :, 1:3); % MATLAB leaves a TIFF's transparency among the channels
end
if isempty(pixels) || ndims(pixels) > 3 || ~any(size(pixels, 3) == [1, 3])
  refuse(file, sprintf('it has %d channels, such as CMYK; only grey and RGB images are read. Convert it to RGB', size(pixels, 3)));
end
end

function [pixels, map] = read(file)
[before, beforeId] = lastwarn();
restore = onCleanup(@() lastwarn(before, beforeId)); %#ok<NASGU>
lastwarn('', '');
try
  if exist('OCTAVE_VERSION', 'builtin')
    [pixels, map] = imread(file); % with three outputs Octave fails on a colour map
  else
    [pixels, map, ~] = imread(file); % with two MATLAB mixes a transparent image with a background
  end
catch e
  refuse(file, sprintf('it cannot be read (%s)', strtrim(e.message)));
end
warned = lastwarn();
if ~isempty(warned) && isempty(regexpi(warned, harmless(), 'once'))
  refuse(file, sprintf('it is damaged (%s)', strtrim(warned))); % the pixels after the damage were made up
end
end

function pattern = harmless()
%   Warnings about what is no pixel; and about bytes that every JPEG decoder skips, which occur in well-known data sets.
pattern = 'iCCP|sRGB|gAMA|cHRM|tEXt|zTXt|iTXt|eXIf|pHYs|tIME|profile|unknown field|extraneous bytes before marker';
end

function answer = is_cmyk(file)
info = imfinfo(file);
answer = ~isfield(info, 'ColorType') || strcmpi(info(1).ColorType, 'CMYK');
end

function refuse(file, reason)
error('xverify:evaluate:image', '%s: %s.', file, reason);
end

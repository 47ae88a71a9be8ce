function x = image_tensor(pixels, recipe)
%IMAGE_TENSOR What the network gets of 8-bit pixels: (pixels / scale - mean) / std, in single precision.
%   X = XVERIFY.INTERNAL.IMAGE_TENSOR(PIXELS, RECIPE) takes uint8, height x width x channels x N. Each step is rounded to single, as
%   PyTorch rounds it: a multiplication by 1 / scale would give other bits.

average = reshape(single(recipe.mean), 1, 1, []);
deviation = reshape(single(recipe.std), 1, 1, []);
x = (single(pixels) ./ single(recipe.scale) - average) ./ deviation;
end

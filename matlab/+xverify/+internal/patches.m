function P = patches(V, w, first, count)
%PATCHES The windows of one image, one a row: what a matrix product makes a convolution of (im2col).
%   P = XVERIFY.INTERNAL.PATCHES(V, W, FIRST, COUNT)
%
%   Inputs:
%     V             height x width x depth x channels, with its padding
%     W             struct with kernel, stride, dilation as LAYER_WINDOWS makes it
%     FIRST, COUNT  1 x 3: the first window, from 0, and the number of windows, along each axis
%   Output:
%     P             prod(COUNT) x (kernel height * width * depth * channels), the rows and columns in MATLAB's element
%                   order, so that P * reshape(Weights, [], out) is the convolution without moving a weight
%
%   Example:
%     w = struct('kernel', [2 1 1], 'stride', [1 1 1], 'dilation', [1 1 1]);
%     xverify.internal.patches([1; 2; 3], w, [0 0 0], [2 1 1])   % [1 2; 2 3]
%
%   See also xverify.internal.layer_windows

k = w.kernel;
channels = size(V, 4);
P = zeros([count k channels], class(V));
for d = 1:k(3)
  depth = positions(w, 3, d, first, count);
  for j = 1:k(2)
    columns = positions(w, 2, j, first, count);
    for i = 1:k(1)
      P(:, :, :, i, j, d, :) = V(positions(w, 1, i, first, count), columns, depth, :);
    end
  end
end
P = reshape(P, prod(count), prod(k) * channels);
end

function at = positions(w, dim, tap, first, count)
from = 1 + first(dim) * w.stride(dim) + (tap - 1) * w.dilation(dim);
at = from:w.stride(dim):from + (count(dim) - 1) * w.stride(dim);
end

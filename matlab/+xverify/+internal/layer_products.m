function Y = layer_products(V, W, w)
%LAYER_PRODUCTS Convolution of padded images as matrix products.
%   Y = XVERIFY.INTERNAL.LAYER_PRODUCTS(V, W, WINDOWS)
%
%   Inputs:
%     V        height x width x depth x channels x observations, padded
%     W        (kernel * channels) x out
%     WINDOWS  struct of LAYER_WINDOWS
%   Output:
%     Y        positions x out x observations
%
%   See also xverify.internal.patches

% A block of windows whose patches have 64 MB: large images would not fit into memory as a whole, nor into any cache.
limit = 2^24;

observations = size(V, 5);
Y = zeros(prod(w.count), size(W, 2), observations, class(V));
plain = all([w.kernel w.stride] == 1);
dim = max([1 find(w.count > 1, 1, 'last')]);
across = prod(w.count) / w.count(dim);
block = max(1, floor(limit / (across * size(W, 1))));
for n = 1:observations
  picture = V(:, :, :, :, n);
  if plain
    Y(:, :, n) = reshape(picture, [], size(W, 1)) * W;
    continue
  end
  for from = 0:block:w.count(dim) - 1
    first = zeros(1, 3);
    first(dim) = from;
    count = w.count;
    count(dim) = min(block, w.count(dim) - from);
    rows = from * across + (1:prod(count));
    Y(rows, :, n) = xverify.internal.patches(picture, w, first, count) * W;
  end
end
end

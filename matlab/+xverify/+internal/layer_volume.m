function V = layer_volume(X, spatial)
%LAYER_VOLUME An array with 1, 2 or 3 spatial axes as height x width x depth x channels x observations.
%   V = XVERIFY.INTERNAL.LAYER_VOLUME(X, SPATIAL) inserts the axes that are missing, so that convolution and pooling are
%   written once. No element moves.
%
%   Example:
%     size(xverify.internal.layer_volume(ones(5, 3, 2), 1))   % 5 1 1 3 2
%
%   See also xverify.internal.layer_unvolume

shape = ones(1, 5);
for d = 1:spatial
  shape(d) = size(X, d);
end
V = reshape(X, [shape(1:3) size(X, spatial + 1) size(X, spatial + 2)]);
end

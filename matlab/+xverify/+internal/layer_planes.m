function [planes, channels] = layer_planes(X, rank)
%LAYER_PLANES An array as positions x channels x observations.
%   [PLANES, CHANNELS] = XVERIFY.INTERNAL.LAYER_PLANES(X, RANK) joins the spatial axes of X, in whichever order they
%   stand, to one (of size 1 if there are none). RANK is PyTorch's, so that the channels are dimension RANK - 1. No
%   element moves.
%
%   Example:
%     size(xverify.internal.layer_planes(ones(5, 7, 3), 4))   % 35 3
%
%   See also xverify.internal.layer_vector

channels = size(X, rank - 1);
positions = 1;
for d = 1:rank - 2
  positions = positions * size(X, d);
end
planes = reshape(X, positions, channels, size(X, rank));
end

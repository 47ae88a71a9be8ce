function X = layer_unvolume(V, spatial)
%LAYER_UNVOLUME Undoes LAYER_VOLUME.
%   X = XVERIFY.INTERNAL.LAYER_UNVOLUME(V, SPATIAL) drops the axes that LAYER_VOLUME inserted. No element moves.
%
%   See also xverify.internal.layer_volume

shape = [size(V, 1) size(V, 2) size(V, 3) size(V, 4) size(V, 5)];
X = reshape(V, shape([1:spatial 4 5]));
end

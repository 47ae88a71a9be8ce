function Y = layer_global_mean(X, rank)
%LAYER_GLOBAL_MEAN Mean over the spatial axes, which stay with size 1.
%   Y = XVERIFY.INTERNAL.LAYER_GLOBAL_MEAN(X, RANK) for X of PyTorch's RANK, spatial axes first, in any order. Sums are
%   double.
%
%   See also xverify.layers.globalAveragePooling2dLayer

planes = xverify.internal.layer_planes(X, rank);
means = sum(planes, 1, 'double') / size(planes, 1);
Y = reshape(cast(means, class(X)), [ones(1, rank - 2) size(planes, 2) size(planes, 3)]);
end

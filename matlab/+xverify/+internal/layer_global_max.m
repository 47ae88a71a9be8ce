function Y = layer_global_max(X, rank)
%LAYER_GLOBAL_MAX Largest value over the spatial axes, which stay with size 1.
%   Y = XVERIFY.INTERNAL.LAYER_GLOBAL_MAX(X, RANK) for X of PyTorch's RANK, spatial axes first, in any order. NaN wins.
%
%   See also xverify.layers.globalMaxPooling2dLayer

planes = xverify.internal.layer_planes(X, rank);
Y = max(planes, [], 1);
Y(any(isnan(planes), 1)) = NaN;
Y = reshape(Y, [ones(1, rank - 2) size(planes, 2) size(planes, 3)]);
end

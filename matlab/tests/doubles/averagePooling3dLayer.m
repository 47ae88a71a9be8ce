function layer = averagePooling3dLayer(poolSize, varargin)
%AVERAGEPOOLING3DLAYER A stand-in, see README.md.

layer = doubles.pooling('averagePooling3dLayer', 3, poolSize, varargin);
end

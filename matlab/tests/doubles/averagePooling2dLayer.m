function layer = averagePooling2dLayer(poolSize, varargin)
%AVERAGEPOOLING2DLAYER A stand-in, see README.md.

layer = doubles.pooling('averagePooling2dLayer', 2, poolSize, varargin);
end

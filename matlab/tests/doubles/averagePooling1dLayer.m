function layer = averagePooling1dLayer(poolSize, varargin)
%AVERAGEPOOLING1DLAYER A stand-in, see README.md.

layer = doubles.pooling('averagePooling1dLayer', 1, poolSize, varargin);
end

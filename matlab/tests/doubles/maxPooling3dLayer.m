function layer = maxPooling3dLayer(poolSize, varargin)
%MAXPOOLING3DLAYER A stand-in, see README.md.

layer = doubles.pooling('maxPooling3dLayer', 3, poolSize, varargin);
end

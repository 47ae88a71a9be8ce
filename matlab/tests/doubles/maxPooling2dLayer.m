function layer = maxPooling2dLayer(poolSize, varargin)
%MAXPOOLING2DLAYER A stand-in, see README.md.

layer = doubles.pooling('maxPooling2dLayer', 2, poolSize, varargin);
end

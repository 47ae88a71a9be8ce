function layer = maxPooling1dLayer(poolSize, varargin)
%MAXPOOLING1DLAYER A stand-in, see README.md.

layer = doubles.pooling('maxPooling1dLayer', 1, poolSize, varargin);
end

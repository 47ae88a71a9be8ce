function layer = globalAveragePooling1dLayer(varargin)
%GLOBALAVERAGEPOOLING1DLAYER A stand-in, see README.md.

layer = doubles.global_pooling('globalAveragePooling1dLayer', 1, varargin);
end

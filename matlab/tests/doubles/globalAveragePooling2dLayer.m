function layer = globalAveragePooling2dLayer(varargin)
%GLOBALAVERAGEPOOLING2DLAYER A stand-in, see README.md.

layer = doubles.global_pooling('globalAveragePooling2dLayer', 2, varargin);
end

function layer = globalAveragePooling3dLayer(varargin)
%GLOBALAVERAGEPOOLING3DLAYER A stand-in, see README.md.

layer = doubles.global_pooling('globalAveragePooling3dLayer', 3, varargin);
end

function layer = globalMaxPooling3dLayer(varargin)
%GLOBALMAXPOOLING3DLAYER A stand-in, see README.md.

layer = doubles.global_pooling('globalMaxPooling3dLayer', 3, varargin);
end

function layer = globalMaxPooling2dLayer(varargin)
%GLOBALMAXPOOLING2DLAYER A stand-in, see README.md.

layer = doubles.global_pooling('globalMaxPooling2dLayer', 2, varargin);
end

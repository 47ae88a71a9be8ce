function layer = globalMaxPooling1dLayer(varargin)
%GLOBALMAXPOOLING1DLAYER A stand-in, see README.md.

layer = doubles.global_pooling('globalMaxPooling1dLayer', 1, varargin);
end

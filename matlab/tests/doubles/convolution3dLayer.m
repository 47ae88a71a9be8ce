function layer = convolution3dLayer(filterSize, numFilters, varargin)
%CONVOLUTION3DLAYER A stand-in, see README.md.

layer = doubles.convolution('convolution3dLayer', 3, filterSize, numFilters, varargin);
end

function layer = convolution2dLayer(filterSize, numFilters, varargin)
%CONVOLUTION2DLAYER A stand-in, see README.md.

layer = doubles.convolution('convolution2dLayer', 2, filterSize, numFilters, varargin);
end

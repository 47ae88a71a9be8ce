function layer = convolution1dLayer(filterSize, numFilters, varargin)
%CONVOLUTION1DLAYER A stand-in, see README.md.

layer = doubles.convolution('convolution1dLayer', 1, filterSize, numFilters, varargin);
end

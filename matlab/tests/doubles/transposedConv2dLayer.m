function layer = transposedConv2dLayer(filterSize, numFilters, varargin)
%TRANSPOSEDCONV2DLAYER A stand-in, see README.md.

layer = doubles.transposed('transposedConv2dLayer', 2, filterSize, numFilters, varargin);
end

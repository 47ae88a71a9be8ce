function layer = transposedConv1dLayer(filterSize, numFilters, varargin)
%TRANSPOSEDCONV1DLAYER A stand-in, see README.md.

layer = doubles.transposed('transposedConv1dLayer', 1, filterSize, numFilters, varargin);
end

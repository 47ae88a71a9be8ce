function layer = transposedConv3dLayer(filterSize, numFilters, varargin)
%TRANSPOSEDCONV3DLAYER A stand-in, see README.md.

layer = doubles.transposed('transposedConv3dLayer', 3, filterSize, numFilters, varargin);
end

function layer = flattenLayer(varargin)
%FLATTENLAYER A stand-in, see README.md.

layer = doubles.layer('flattenLayer', varargin, {}, @(~, X) doubles.flattened(X));
end

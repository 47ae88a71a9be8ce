function layer = concatenationLayer(dim, numInputs, varargin)
%CONCATENATIONLAYER A stand-in, see README.md: along a spatial dimension or the channels.

layer = doubles.layer('concatenationLayer', varargin, {}, @(~, varargin) doubles.joined(dim, varargin));
layer.NumInputs = numInputs;
end

function layer = depthConcatenationLayer(numInputs, varargin)
%DEPTHCONCATENATIONLAYER A stand-in, see README.md: along the channels.

layer = doubles.layer('depthConcatenationLayer', varargin, {}, @(~, varargin) doubles.joined([], varargin));
layer.NumInputs = numInputs;
end

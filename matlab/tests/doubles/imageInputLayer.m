function layer = imageInputLayer(inputSize, varargin)
%IMAGEINPUTLAYER A stand-in, see README.md.

layer = doubles.input_layer('imageInputLayer', inputSize, 'SSCB', varargin);
end

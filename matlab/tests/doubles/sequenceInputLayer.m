function layer = sequenceInputLayer(inputSize, varargin)
%SEQUENCEINPUTLAYER A stand-in, see README.md.

layer = doubles.input_layer('sequenceInputLayer', inputSize, 'CBT', varargin);
end

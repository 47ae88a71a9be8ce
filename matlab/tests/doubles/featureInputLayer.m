function layer = featureInputLayer(inputSize, varargin)
%FEATUREINPUTLAYER A stand-in, see README.md.

layer = doubles.input_layer('featureInputLayer', inputSize, 'CB', varargin);
end

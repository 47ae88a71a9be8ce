function layer = image3dInputLayer(inputSize, varargin)
%IMAGE3DINPUTLAYER A stand-in, see README.md.

layer = doubles.input_layer('image3dInputLayer', inputSize, 'SSSCB', varargin);
end

function net = importNetworkFromONNX(file, varargin)
%IMPORTNETWORKFROMONNX A stand-in, see README.md.

net = doubles.imported(file, varargin, {'InputDataFormats', 'OutputDataFormats', 'Namespace'});
end

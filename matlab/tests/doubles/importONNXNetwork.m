function net = importONNXNetwork(file, varargin)
%IMPORTONNXNETWORK A stand-in, see README.md.

net = doubles.imported(file, varargin, {'TargetNetwork', 'InputDataFormats', 'OutputDataFormats', 'PackageName'});
end

function layer = batchNormalizationLayer(varargin)
%BATCHNORMALIZATIONLAYER A stand-in, see README.md.

layer = doubles.normalization('batchNormalizationLayer', varargin, {'TrainedMean', 'TrainedVariance'}, struct());
end

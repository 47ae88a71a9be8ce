function layer = instanceNormalizationLayer(varargin)
%INSTANCENORMALIZATIONLAYER A stand-in, see README.md.

layer = doubles.normalization('instanceNormalizationLayer', varargin, {}, struct());
end

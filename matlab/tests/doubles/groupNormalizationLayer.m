function layer = groupNormalizationLayer(numGroups, varargin)
%GROUPNORMALIZATIONLAYER A stand-in, see README.md.

layer = doubles.normalization('groupNormalizationLayer', varargin, {}, struct('num_groups', numGroups));
end

function Y = groupNormalizationLayer(layer, X)
%GROUPNORMALIZATIONLAYER Normalizes each group of channels of each observation.
%   Y = XVERIFY.LAYERS.GROUPNORMALIZATIONLAYER(LAYER, X) is PyTorch's group_norm. Moments are double.
%
%   Inputs:
%     LAYER  step of a bundle: attributes num_groups, eps (default 1e-5); parameters Scale and Offset, where there are
%            any, with one value a channel; rank, PyTorch's of X
%     X      single, channels in dimension rank - 1: channels x observations, or spatial axes in any order before them
%   Output:
%     Y      single, as X
%
%   Errors: xverify:groupNormalizationLayer:channels if Scale or Offset has not one value a channel of X,
%   xverify:groupNormalizationLayer:groups if num_groups does not divide the number of channels.
%
%   Example:
%     layer = struct('attributes', struct('num_groups', 2, 'eps', 0), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.groupNormalizationLayer(layer, single([1; 3; 10; 30]));   % -1 1 -1 1
%
%   See also xverify.layers.instanceNormalizationLayer, xverify.layers.layerNormalizationLayer

[planes, channels] = xverify.internal.layer_planes(X, layer.rank);
groups = layer.attributes.num_groups;
if mod(channels, groups) ~= 0
  error('xverify:groupNormalizationLayer:groups', '%d groups do not divide %d channels.', groups, channels);
end
Y = xverify.internal.layer_grouped_moments('groupNormalizationLayer', layer, planes, groups);
Y = reshape(Y, size(X));
end

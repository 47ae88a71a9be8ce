function Y = instanceNormalizationLayer(layer, X)
%INSTANCENORMALIZATIONLAYER Normalizes each channel of each observation.
%   Y = XVERIFY.LAYERS.INSTANCENORMALIZATIONLAYER(LAYER, X) is PyTorch's instance_norm with the input's own moments,
%   which are double. Neither MATLAB's layer nor this one has running moments.
%
%   Inputs:
%     LAYER  step of a bundle: attributes eps (default 1e-5), use_input_stats (1); parameters Scale and Offset, where
%            there are any, with one value a channel; rank, PyTorch's of X
%     X      single, channels in dimension rank - 1, spatial axes in any order before them
%   Output:
%     Y      single, as X
%
%   Errors: xverify:instanceNormalizationLayer:channels if Scale or Offset has not one value a channel of X,
%   xverify:instanceNormalizationLayer:moments if use_input_stats is 0.
%
%   Example:
%     layer = struct('attributes', struct('eps', 0), 'parameters', struct(), 'rank', 3);
%     Y = xverify.layers.instanceNormalizationLayer(layer, single([1 10; 3 30]));   % [-1 -1; 1 1]
%
%   See also xverify.layers.groupNormalizationLayer

if ~xverify.internal.layer_option(layer, 'use_input_stats', 1)
  error('xverify:instanceNormalizationLayer:moments', 'MATLAB''s layer has no running mean and variance.');
end
[planes, channels] = xverify.internal.layer_planes(X, layer.rank);
Y = xverify.internal.layer_grouped_moments('instanceNormalizationLayer', layer, planes, channels);
Y = reshape(Y, size(X));
end

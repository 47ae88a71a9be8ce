function Y = preluLayer(layer, X)
%PRELULAYER Negative values are multiplied by the slope of their channel.
%   Y = XVERIFY.LAYERS.PRELULAYER(LAYER, X) is PyTorch's prelu.
%
%   Inputs:
%     LAYER  step of a bundle: parameter Alpha, one slope, or one a channel; rank, PyTorch's of X
%     X      single, channels in dimension rank - 1: channels x observations, or spatial axes in any order before them
%   Output:
%     Y      single, as X
%
%   Errors: xverify:preluLayer:channels if Alpha has neither one value nor one a channel of X.
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct('Alpha', single([0.5; 2])), 'rank', 2);
%     Y = xverify.layers.preluLayer(layer, single([-1; -1]));   % -0.5 -2
%
%   See also xverify.layers.leakyReluLayer

[planes, slopes] = deal(X, layer.parameters.Alpha);
if ~isscalar(slopes)
  [planes, channels] = xverify.internal.layer_planes(X, layer.rank);
  slopes = xverify.internal.layer_vector('preluLayer', layer, 'Alpha', [], channels);
end
Y = reshape(max(planes, 0) + slopes .* min(planes, 0), size(X));
Y = xverify.internal.layer_keep_nan(Y, X);
end

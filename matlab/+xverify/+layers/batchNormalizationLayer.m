function Y = batchNormalizationLayer(layer, X)
%BATCHNORMALIZATIONLAYER Normalizes each channel with the mean and the variance of the training.
%   Y = XVERIFY.LAYERS.BATCHNORMALIZATIONLAYER(LAYER, X) is PyTorch's batch_norm in evaluation.
%
%   Inputs:
%     LAYER  step of a bundle: attribute eps (default 1e-5); parameters TrainedMean, TrainedVariance and, where there
%            are any, Scale and Offset, with one value a channel; rank, PyTorch's of X
%     X      single, channels in dimension rank - 1: channels x observations, or spatial axes in any order before them
%   Output:
%     Y      single, as X
%
%   Errors: xverify:batchNormalizationLayer:channels if a parameter has not one value a channel of X.
%
%   Example:
%     layer = struct('attributes', struct('eps', 0), 'rank', 2);
%     layer.parameters = struct('TrainedMean', 1, 'TrainedVariance', 4);
%     Y = xverify.layers.batchNormalizationLayer(layer, single([1 3]));   % 0 1

[planes, channels] = xverify.internal.layer_planes(X, layer.rank);
deviation = sqrt(vector(layer, 'TrainedVariance', [], channels) + xverify.internal.layer_option(layer, 'eps', 1e-5));
scale = vector(layer, 'Scale', 1, channels) ./ deviation;
offset = vector(layer, 'Offset', 0, channels) - vector(layer, 'TrainedMean', [], channels) .* scale;
Y = reshape(planes .* cast(scale, class(X)) + cast(offset, class(X)), size(X));
end

function row = vector(layer, property, default, channels)
row = double(xverify.internal.layer_vector('batchNormalizationLayer', layer, property, default, channels));
end

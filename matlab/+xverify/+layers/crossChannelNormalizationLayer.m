function Y = crossChannelNormalizationLayer(layer, X)
%CROSSCHANNELNORMALIZATIONLAYER Divides each value by a power of the squares in the channels around it.
%   Y = XVERIFY.LAYERS.CROSSCHANNELNORMALIZATIONLAYER(LAYER, X) is PyTorch's local_response_norm:
%   Y = X ./ (k + alpha * mean of X.^2 over size channels) .^ beta, with zeros beyond the first and the last channel.
%
%   Inputs:
%     LAYER  step of a bundle: attributes size, alpha (default 1e-4), beta (0.75), k (1); rank, PyTorch's of X
%     X      single, channels in dimension rank - 1: channels x observations, or spatial axes in any order before them
%   Output:
%     Y      single, as X
%
%   Example:
%     layer = struct('attributes', struct('size', 1, 'alpha', 1, 'beta', 1, 'k', 0), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.crossChannelNormalizationLayer(layer, single([2; 4]));   % 0.5 0.25

[planes, channels] = xverify.internal.layer_planes(X, layer.rank);
window = layer.attributes.size;
squares = double(planes) .^ 2;
sums = zeros(size(squares));
for shift = -floor(window / 2):floor((window - 1) / 2)
  to = max(1, 1 - shift):min(channels, channels - shift);
  sums(:, to, :) = sums(:, to, :) + squares(:, to + shift, :);
end
alpha = xverify.internal.layer_option(layer, 'alpha', 1e-4);
beta = xverify.internal.layer_option(layer, 'beta', 0.75);
divisor = (xverify.internal.layer_option(layer, 'k', 1) + alpha / window * sums) .^ beta;
Y = reshape(cast(planes ./ divisor, class(X)), size(X));
end

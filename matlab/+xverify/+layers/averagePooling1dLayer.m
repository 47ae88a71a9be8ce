function Y = averagePooling1dLayer(layer, X)
%AVERAGEPOOLING1DLAYER Mean of each window of sequences.
%   Y = XVERIFY.LAYERS.AVERAGEPOOLING1DLAYER(LAYER, X) is PyTorch's avg_pool1d.
%
%   Inputs:
%     LAYER  step of a bundle: attributes kernel_size, stride (default: kernel_size), padding (0), ceil_mode (0),
%            count_include_pad (1: zeros of the padding count), divisor_override (none), in PyTorch's order of axes
%     X      single, length x channels x observations
%   Output:
%     Y      single, as X with fewer positions
%
%   Errors: xverify:averagePooling1dLayer:size if the window is larger than X with its padding.
%
%   Example:
%     layer = struct('attributes', struct('kernel_size', 2), 'parameters', struct(), 'rank', 3);
%     Y = xverify.layers.averagePooling1dLayer(layer, single([1; 3; 2; 5]));   % 2 3.5
%
%   See also xverify.layers.maxPooling1dLayer, xverify.layers.globalAveragePooling1dLayer

Y = xverify.internal.layer_average_pooling('averagePooling1dLayer', layer, X, 1);
end

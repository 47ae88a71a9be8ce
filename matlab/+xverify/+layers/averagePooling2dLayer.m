function Y = averagePooling2dLayer(layer, X)
%AVERAGEPOOLING2DLAYER Mean of each window of images.
%   Y = XVERIFY.LAYERS.AVERAGEPOOLING2DLAYER(LAYER, X) is PyTorch's avg_pool2d.
%
%   Inputs:
%     LAYER  step of a bundle: attributes kernel_size, stride (default: kernel_size), padding (0), ceil_mode (0),
%            count_include_pad (1: zeros of the padding count), divisor_override (none), in PyTorch's order of axes
%     X      single, height x width x channels x observations
%   Output:
%     Y      single, as X with fewer positions
%
%   Errors: xverify:averagePooling2dLayer:size if the window is larger than X with its padding.
%
%   Example:
%     layer = struct('attributes', struct('kernel_size', [2 1]), 'parameters', struct(), 'rank', 4);
%     Y = xverify.layers.averagePooling2dLayer(layer, single([1; 3; 2; 5]));   % 2 3.5
%
%   See also xverify.layers.maxPooling2dLayer, xverify.layers.globalAveragePooling2dLayer

Y = xverify.internal.layer_average_pooling('averagePooling2dLayer', layer, X, 2);
end

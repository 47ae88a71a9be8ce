function Y = averagePooling3dLayer(layer, X)
%AVERAGEPOOLING3DLAYER Mean of each window of volumes.
%   Y = XVERIFY.LAYERS.AVERAGEPOOLING3DLAYER(LAYER, X) is PyTorch's avg_pool3d.
%
%   Inputs:
%     LAYER  step of a bundle: attributes kernel_size, stride (default: kernel_size), padding (0), ceil_mode (0),
%            count_include_pad (1: zeros of the padding count), divisor_override (none), in PyTorch's order of axes
%     X      single, height x width x depth x channels x observations
%   Output:
%     Y      single, as X with fewer positions
%
%   Errors: xverify:averagePooling3dLayer:size if the window is larger than X with its padding.
%
%   Example:
%     layer = struct('attributes', struct('kernel_size', [1 2 1]), 'parameters', struct(), 'rank', 5);
%     Y = xverify.layers.averagePooling3dLayer(layer, single([1; 3; 2; 5]));   % 2 3.5
%
%   See also xverify.layers.maxPooling3dLayer, xverify.layers.globalAveragePooling3dLayer

Y = xverify.internal.layer_average_pooling('averagePooling3dLayer', layer, X, 3);
end

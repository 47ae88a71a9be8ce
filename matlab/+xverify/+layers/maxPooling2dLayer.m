function Y = maxPooling2dLayer(layer, X)
%MAXPOOLING2DLAYER Largest value of each window of images.
%   Y = XVERIFY.LAYERS.MAXPOOLING2DLAYER(LAYER, X) is PyTorch's max_pool2d. The padding never wins; NaN always does.
%
%   Inputs:
%     LAYER  step of a bundle: attributes kernel_size, stride (default: kernel_size), padding (0), dilation (1),
%            ceil_mode (0) in PyTorch's order of axes
%     X      single, height x width x channels x observations
%   Output:
%     Y      single, as X with fewer positions
%
%   Errors: xverify:maxPooling2dLayer:size if the window is larger than X with its padding.
%
%   Example:
%     layer = struct('attributes', struct('kernel_size', [2 1]), 'parameters', struct(), 'rank', 4);
%     Y = xverify.layers.maxPooling2dLayer(layer, single([1; 3; 2; 5]));   % 3 5
%
%   See also xverify.layers.averagePooling2dLayer

Y = xverify.internal.layer_max_pooling('maxPooling2dLayer', layer, X, 2);
end

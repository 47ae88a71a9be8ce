function Y = maxPooling3dLayer(layer, X)
%MAXPOOLING3DLAYER Largest value of each window of volumes.
%   Y = XVERIFY.LAYERS.MAXPOOLING3DLAYER(LAYER, X) is PyTorch's max_pool3d. The padding never wins; NaN always does.
%
%   Inputs:
%     LAYER  step of a bundle: attributes kernel_size, stride (default: kernel_size), padding (0), dilation (1),
%            ceil_mode (0) in PyTorch's order of axes
%     X      single, height x width x depth x channels x observations
%   Output:
%     Y      single, as X with fewer positions
%
%   Errors: xverify:maxPooling3dLayer:size if the window is larger than X with its padding.
%
%   Example:
%     layer = struct('attributes', struct('kernel_size', [1 2 1]), 'parameters', struct(), 'rank', 5);
%     Y = xverify.layers.maxPooling3dLayer(layer, single([1; 3; 2; 5]));   % 3 5
%
%   See also xverify.layers.averagePooling3dLayer

Y = xverify.internal.layer_max_pooling('maxPooling3dLayer', layer, X, 3);
end

function Y = globalMaxPooling2dLayer(~, X)
%GLOBALMAXPOOLING2DLAYER Largest value of each channel of images.
%   Y = XVERIFY.LAYERS.GLOBALMAXPOOLING2DLAYER(LAYER, X) is PyTorch's adaptive_max_pool2d to size 1: the spatial axes
%   stay. As in PyTorch a channel that holds NaN gives NaN.
%
%   Inputs:
%     LAYER  step of a bundle, without attributes
%     X      single, height x width x channels x observations; the spatial axes in any order
%   Output:
%     Y      single, 1 x 1 x channels x observations
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 4);
%     Y = xverify.layers.globalMaxPooling2dLayer(layer, single([1; 6; 2]));   % 6
%
%   See also xverify.layers.globalAveragePooling2dLayer

Y = xverify.internal.layer_global_max(X, 4);
end

function Y = globalAveragePooling2dLayer(~, X)
%GLOBALAVERAGEPOOLING2DLAYER Mean of each channel of images.
%   Y = XVERIFY.LAYERS.GLOBALAVERAGEPOOLING2DLAYER(LAYER, X) is PyTorch's adaptive_avg_pool2d to size 1: the spatial
%   axes stay.
%
%   Inputs:
%     LAYER  step of a bundle, without attributes
%     X      single, height x width x channels x observations; the spatial axes in any order
%   Output:
%     Y      single, 1 x 1 x channels x observations
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 4);
%     Y = xverify.layers.globalAveragePooling2dLayer(layer, single([1; 2; 6]));   % 3
%
%   See also xverify.layers.globalMaxPooling2dLayer

Y = xverify.internal.layer_global_mean(X, 4);
end

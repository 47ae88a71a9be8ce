function Y = globalAveragePooling3dLayer(~, X)
%GLOBALAVERAGEPOOLING3DLAYER Mean of each channel of volumes.
%   Y = XVERIFY.LAYERS.GLOBALAVERAGEPOOLING3DLAYER(LAYER, X) is PyTorch's adaptive_avg_pool3d to size 1: the spatial
%   axes stay.
%
%   Inputs:
%     LAYER  step of a bundle, without attributes
%     X      single, height x width x depth x channels x observations; the spatial axes in any order
%   Output:
%     Y      single, 1 x 1 x 1 x channels x observations
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 5);
%     Y = xverify.layers.globalAveragePooling3dLayer(layer, single([1; 2; 6]));   % 3
%
%   See also xverify.layers.globalMaxPooling3dLayer

Y = xverify.internal.layer_global_mean(X, 5);
end

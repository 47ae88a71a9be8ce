function Y = globalMaxPooling3dLayer(~, X)
%GLOBALMAXPOOLING3DLAYER Largest value of each channel of volumes.
%   Y = XVERIFY.LAYERS.GLOBALMAXPOOLING3DLAYER(LAYER, X) is PyTorch's adaptive_max_pool3d to size 1: the spatial axes
%   stay. As in PyTorch a channel that holds NaN gives NaN.
%
%   Inputs:
%     LAYER  step of a bundle, without attributes
%     X      single, height x width x depth x channels x observations; the spatial axes in any order
%   Output:
%     Y      single, 1 x 1 x 1 x channels x observations
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 5);
%     Y = xverify.layers.globalMaxPooling3dLayer(layer, single([1; 6; 2]));   % 6
%
%   See also xverify.layers.globalAveragePooling3dLayer

Y = xverify.internal.layer_global_max(X, 5);
end

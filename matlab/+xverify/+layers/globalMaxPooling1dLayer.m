function Y = globalMaxPooling1dLayer(~, X)
%GLOBALMAXPOOLING1DLAYER Largest value of each channel of sequences.
%   Y = XVERIFY.LAYERS.GLOBALMAXPOOLING1DLAYER(LAYER, X) is PyTorch's adaptive_max_pool1d to size 1: the spatial axes
%   stay. As in PyTorch a channel that holds NaN gives NaN.
%
%   Inputs:
%     LAYER  step of a bundle, without attributes
%     X      single, length x channels x observations; the spatial axes in any order
%   Output:
%     Y      single, 1 x channels x observations
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 3);
%     Y = xverify.layers.globalMaxPooling1dLayer(layer, single([1; 6; 2]));   % 6
%
%   See also xverify.layers.globalAveragePooling1dLayer

Y = xverify.internal.layer_global_max(X, 3);
end

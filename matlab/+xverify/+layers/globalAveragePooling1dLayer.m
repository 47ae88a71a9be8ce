function Y = globalAveragePooling1dLayer(~, X)
%GLOBALAVERAGEPOOLING1DLAYER Mean of each channel of sequences.
%   Y = XVERIFY.LAYERS.GLOBALAVERAGEPOOLING1DLAYER(LAYER, X) is PyTorch's adaptive_avg_pool1d to size 1: the spatial
%   axes stay.
%
%   Inputs:
%     LAYER  step of a bundle, without attributes
%     X      single, length x channels x observations; the spatial axes in any order
%   Output:
%     Y      single, 1 x channels x observations
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 3);
%     Y = xverify.layers.globalAveragePooling1dLayer(layer, single([1; 2; 6]));   % 3
%
%   See also xverify.layers.globalMaxPooling1dLayer

Y = xverify.internal.layer_global_mean(X, 3);
end

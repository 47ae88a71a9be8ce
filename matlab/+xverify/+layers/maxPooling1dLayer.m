function Y = maxPooling1dLayer(layer, X)
%MAXPOOLING1DLAYER Largest value of each window of sequences.
%   Y = XVERIFY.LAYERS.MAXPOOLING1DLAYER(LAYER, X) is PyTorch's max_pool1d. The padding never wins; NaN always does.
%
%   Inputs:
%     LAYER  step of a bundle: attributes kernel_size, stride (default: kernel_size), padding (0), dilation (1),
%            ceil_mode (0) in PyTorch's order of axes
%     X      single, length x channels x observations
%   Output:
%     Y      single, as X with fewer positions
%
%   Errors: xverify:maxPooling1dLayer:size if the window is larger than X with its padding.
%
%   Example:
%     layer = struct('attributes', struct('kernel_size', 2), 'parameters', struct(), 'rank', 3);
%     Y = xverify.layers.maxPooling1dLayer(layer, single([1; 3; 2; 5]));   % 3 5
%
%   See also xverify.layers.averagePooling1dLayer

Y = xverify.internal.layer_max_pooling('maxPooling1dLayer', layer, X, 1);
end

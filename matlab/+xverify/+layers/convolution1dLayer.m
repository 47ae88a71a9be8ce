function Y = convolution1dLayer(layer, X)
%CONVOLUTION1DLAYER Convolution of sequences.
%   Y = XVERIFY.LAYERS.CONVOLUTION1DLAYER(LAYER, X) is a cross-correlation (no kernel is flipped), as PyTorch's conv1d
%   with groups=1.
%
%   Inputs:
%     LAYER  step of a bundle: attributes stride (default 1), padding (0; or 'valid', 'same'), dilation (1) in PyTorch's
%            order of axes; parameters Weights (length x in x out) and, where there is one, Bias (1 x out)
%     X      single, length x channels x observations
%   Output:
%     Y      single, as X with the output channels
%
%   Errors: xverify:convolution1dLayer:channels if X has not the channels of Weights, xverify:convolution1dLayer:size if
%   the kernel is larger than X with its padding.
%
%   Example:
%     layer = struct('attributes', struct('stride', 2), 'rank', 3);
%     layer.parameters = struct('Weights', single([1; 2; 3]));
%     Y = xverify.layers.convolution1dLayer(layer, ones(9, 1, 'single'));   % 6 6 6 6
%
%   See also xverify.layers.convolution2dLayer, xverify.layers.transposedConv1dLayer

Y = xverify.internal.layer_convolution('convolution1dLayer', layer, X, 1);
end

function Y = convolution2dLayer(layer, X)
%CONVOLUTION2DLAYER Convolution of images.
%   Y = XVERIFY.LAYERS.CONVOLUTION2DLAYER(LAYER, X) is a cross-correlation (no kernel is flipped), as PyTorch's conv2d
%   with groups=1.
%
%   Inputs:
%     LAYER  step of a bundle: attributes stride (default 1), padding (0; or 'valid', 'same'), dilation (1) in PyTorch's
%            order of axes; parameters Weights (height x width x in x out) and, where there is one, Bias (1 x 1 x out)
%     X      single, height x width x channels x observations
%   Output:
%     Y      single, as X with the output channels
%
%   Errors: xverify:convolution2dLayer:channels if X has not the channels of Weights, xverify:convolution2dLayer:size if
%   the kernel is larger than X with its padding.
%
%   Example:
%     layer = struct('attributes', struct('stride', 2), 'rank', 4);
%     layer.parameters = struct('Weights', single([1; 2; 3]));
%     Y = xverify.layers.convolution2dLayer(layer, ones(9, 1, 'single'));   % 6 6 6 6
%
%   See also xverify.layers.groupedConvolution2dLayer, xverify.layers.transposedConv2dLayer

Y = xverify.internal.layer_convolution('convolution2dLayer', layer, X, 2);
end

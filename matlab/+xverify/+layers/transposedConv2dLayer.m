function Y = transposedConv2dLayer(layer, X)
%TRANSPOSEDCONV2DLAYER Transposed convolution of images.
%   Y = XVERIFY.LAYERS.TRANSPOSEDCONV2DLAYER(LAYER, X) is PyTorch's conv_transpose2d with groups=1.
%
%   Inputs:
%     LAYER  step of a bundle: attributes stride (default 1), padding (0), output_padding (0), dilation (1) in PyTorch's
%            order of axes; parameters Weights (height x width x out x in) and, where there is one, Bias (1 x 1 x out)
%     X      single, height x width x channels x observations
%   Output:
%     Y      single, as X with the output channels
%
%   Errors: xverify:transposedConv2dLayer:channels if X has not the channels of Weights.
%
%   Example:
%     layer = struct('attributes', struct('stride', 2), 'rank', 4);
%     layer.parameters = struct('Weights', single([1; 2]));
%     Y = xverify.layers.transposedConv2dLayer(layer, single([1; 10]));   % 1 2 10 20
%
%   See also xverify.layers.convolution2dLayer

Y = xverify.internal.layer_transposed_convolution('transposedConv2dLayer', layer, X, 2);
end

function Y = transposedConv1dLayer(layer, X)
%TRANSPOSEDCONV1DLAYER Transposed convolution of sequences.
%   Y = XVERIFY.LAYERS.TRANSPOSEDCONV1DLAYER(LAYER, X) is PyTorch's conv_transpose1d with groups=1.
%
%   Inputs:
%     LAYER  step of a bundle: attributes stride (default 1), padding (0), output_padding (0), dilation (1) in PyTorch's
%            order of axes; parameters Weights (length x out x in) and, where there is one, Bias (1 x out)
%     X      single, length x channels x observations
%   Output:
%     Y      single, as X with the output channels
%
%   Errors: xverify:transposedConv1dLayer:channels if X has not the channels of Weights.
%
%   Example:
%     layer = struct('attributes', struct('stride', 2), 'rank', 3);
%     layer.parameters = struct('Weights', single([1; 2]));
%     Y = xverify.layers.transposedConv1dLayer(layer, single([1; 10]));   % 1 2 10 20
%
%   See also xverify.layers.convolution1dLayer

Y = xverify.internal.layer_transposed_convolution('transposedConv1dLayer', layer, X, 1);
end

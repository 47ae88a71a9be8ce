function Y = transposedConv3dLayer(layer, X)
%TRANSPOSEDCONV3DLAYER Transposed convolution of volumes.
%   Y = XVERIFY.LAYERS.TRANSPOSEDCONV3DLAYER(LAYER, X) is PyTorch's conv_transpose3d with groups=1.
%
%   Inputs:
%     LAYER  step of a bundle: attributes stride (default 1), padding (0), output_padding (0), dilation (1) in PyTorch's
%            order of axes; parameters Weights (height x width x depth x out x in) and, where there is one, Bias (1 x 1
%            x 1 x out)
%     X      single, height x width x depth x channels x observations
%   Output:
%     Y      single, as X with the output channels
%
%   Errors: xverify:transposedConv3dLayer:channels if X has not the channels of Weights.
%
%   Example:
%     layer = struct('attributes', struct('stride', 2), 'rank', 5);
%     layer.parameters = struct('Weights', single([1; 2]));
%     Y = xverify.layers.transposedConv3dLayer(layer, single([1; 10]));   % 1 2 10 20
%
%   See also xverify.layers.convolution3dLayer

Y = xverify.internal.layer_transposed_convolution('transposedConv3dLayer', layer, X, 3);
end

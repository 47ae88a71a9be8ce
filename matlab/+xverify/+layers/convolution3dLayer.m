function Y = convolution3dLayer(layer, X)
%CONVOLUTION3DLAYER Convolution of volumes.
%   Y = XVERIFY.LAYERS.CONVOLUTION3DLAYER(LAYER, X) is a cross-correlation (no kernel is flipped), as PyTorch's conv3d
%   with groups=1.
%
%   Inputs:
%     LAYER  step of a bundle: attributes stride (default 1), padding (0; or 'valid', 'same'), dilation (1) in PyTorch's
%            order of axes; parameters Weights (height x width x depth x in x out) and, where there is one, Bias (1 x 1
%            x 1 x out)
%     X      single, height x width x depth x channels x observations
%   Output:
%     Y      single, as X with the output channels
%
%   Errors: xverify:convolution3dLayer:channels if X has not the channels of Weights, xverify:convolution3dLayer:size if
%   the kernel is larger than X with its padding.
%
%   Example:
%     layer = struct('attributes', struct('stride', 2), 'rank', 5);
%     layer.parameters = struct('Weights', single([1; 2; 3]));
%     Y = xverify.layers.convolution3dLayer(layer, ones(9, 1, 'single'));   % 6 6 6 6
%
%   See also xverify.layers.convolution2dLayer, xverify.layers.transposedConv3dLayer

Y = xverify.internal.layer_convolution('convolution3dLayer', layer, X, 3);
end

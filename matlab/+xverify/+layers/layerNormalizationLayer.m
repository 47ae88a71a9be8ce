function Y = layerNormalizationLayer(layer, X)
%LAYERNORMALIZATIONLAYER Normalizes each position over its features.
%   Y = XVERIFY.LAYERS.LAYERNORMALIZATIONLAYER(LAYER, X) is PyTorch's layer_norm over its last axes, the first of X.
%   Moments are double.
%
%   Inputs:
%     LAYER  step of a bundle: attributes eps (default 1e-5), normalized_shape (its length, default 1, is the number of
%            axes that are normalized together); parameters Scale and Offset (features x 1), where there are any
%     X      single, features x ...
%   Output:
%     Y      single, as X
%
%   Errors: xverify:layerNormalizationLayer:channels if Scale or Offset has not one value a feature.
%
%   Example:
%     layer = struct('attributes', struct('eps', 0), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.layerNormalizationLayer(layer, single([1; 3]));   % -1 1
%
%   See also xverify.layers.groupNormalizationLayer

features = 1;
for d = 1:numel(xverify.internal.layer_option(layer, 'normalized_shape', 1))
  features = features * size(X, d);
end
Y = xverify.internal.layer_standardize(reshape(X, features, []), xverify.internal.layer_option(layer, 'eps', 1e-5));
Y = Y .* vector(layer, 'Scale', 1, features) + vector(layer, 'Offset', 0, features);
Y = reshape(cast(Y, class(X)), size(X));
end

function column = vector(layer, property, default, features)
column = double(xverify.internal.layer_vector('layerNormalizationLayer', layer, property, default, features)).';
end

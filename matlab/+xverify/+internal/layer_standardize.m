function Z = layer_standardize(X, epsilon)
%LAYER_STANDARDIZE Mean 0 and variance 1 along the first dimension.
%   Z = XVERIFY.INTERNAL.LAYER_STANDARDIZE(X, EPSILON) subtracts the mean of each column and divides by the root of its
%   variance (of the population) plus EPSILON. Z is double: where the mean is large against the deviation, single
%   precision would lose the digits that PyTorch's running moments keep.
%
%   See also xverify.layers.layerNormalizationLayer

X = double(X);
Z = X - sum(X, 1) / size(X, 1);
Z = Z ./ sqrt(sum(Z .^ 2, 1) / size(X, 1) + epsilon);
end

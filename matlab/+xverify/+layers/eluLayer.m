function Y = eluLayer(layer, X)
%ELULAYER Negative values approach a limit exponentially.
%   Y = XVERIFY.LAYERS.ELULAYER(LAYER, X) is PyTorch's elu, and selu with its scales.
%
%   Inputs:
%     LAYER  step of a bundle: attributes alpha, scale, input_scale (default 1 each)
%     X      single, of any size
%   Output:
%     Y      single, as X
%
%   Example:
%     layer = struct('attributes', struct('alpha', 2), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.eluLayer(layer, single([-Inf 3]));   % -2 3

alpha = xverify.internal.layer_option(layer, 'alpha', 1);
scale = xverify.internal.layer_option(layer, 'scale', 1);
negative = expm1(min(X, 0) * xverify.internal.layer_option(layer, 'input_scale', 1));
Y = max(X, 0) * scale + negative * (alpha * scale);
Y = xverify.internal.layer_keep_nan(Y, X);
end

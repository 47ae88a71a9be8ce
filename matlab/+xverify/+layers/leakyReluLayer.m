function Y = leakyReluLayer(layer, X)
%LEAKYRELULAYER Negative values are multiplied by a slope.
%   Y = XVERIFY.LAYERS.LEAKYRELULAYER(LAYER, X) is PyTorch's leaky_relu.
%
%   Inputs:
%     LAYER  step of a bundle: attribute negative_slope (default 0.01)
%     X      single, of any size
%   Output:
%     Y      single, as X
%
%   Example:
%     layer = struct('attributes', struct('negative_slope', 0.5), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.leakyReluLayer(layer, single([-1 2]));   % -0.5 2

slope = cast(xverify.internal.layer_option(layer, 'negative_slope', 0.01), class(X));
if slope > 0 && slope <= 1
  Y = max(X, slope * X); % two passes where the general form takes four
else
  Y = max(X, 0) + slope * min(X, 0);
end
Y = xverify.internal.layer_keep_nan(Y, X);
end

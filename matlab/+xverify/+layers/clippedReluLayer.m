function Y = clippedReluLayer(layer, X)
%CLIPPEDRELULAYER Clips values to an interval.
%   Y = XVERIFY.LAYERS.CLIPPEDRELULAYER(LAYER, X) is PyTorch's hardtanh, and relu6 with 0 and 6. MATLAB's layer has only
%   the ceiling; its floor is 0.
%
%   Inputs:
%     LAYER  step of a bundle: attributes min_val (default -1), max_val (1)
%     X      single, of any size
%   Output:
%     Y      single, as X
%
%   Example:
%     layer = struct('attributes', struct('min_val', 0, 'max_val', 6), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.clippedReluLayer(layer, single([-1 2 7]));   % 0 2 6

lower = xverify.internal.layer_option(layer, 'min_val', -1);
Y = min(max(X, lower), xverify.internal.layer_option(layer, 'max_val', 1));
Y = xverify.internal.layer_keep_nan(Y, X);
end

function Y = geluLayer(layer, X)
%GELULAYER Gaussian error linear unit.
%   Y = XVERIFY.LAYERS.GELULAYER(LAYER, X) is PyTorch's gelu: X times the normal distribution function.
%
%   Inputs:
%     LAYER  step of a bundle: attribute approximate, 'none' (default) or 'tanh'
%     X      single, of any size
%   Output:
%     Y      single, as X
%
%   Errors: xverify:geluLayer:approximate if approximate is another word.
%
%   Example:
%     layer = struct('attributes', struct('approximate', 'none'), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.geluLayer(layer, single([-10 0 10]));   % 0 0 10, but for rounding

kind = xverify.internal.layer_option(layer, 'approximate', 'none');
switch kind
  case 'none'
    Y = 0.5 * X .* (1 + erf(X * sqrt(0.5)));
  case 'tanh'
    Y = 0.5 * X .* (1 + tanh(sqrt(2 / pi) * (X + 0.044715 * X .^ 3)));
  otherwise
    error('xverify:geluLayer:approximate', 'approximate is ''%s'', not ''none'' or ''tanh''.', kind);
end
end

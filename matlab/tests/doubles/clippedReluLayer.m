function layer = clippedReluLayer(ceiling, varargin)
%CLIPPEDRELULAYER A stand-in, see README.md.

layer = doubles.layer('clippedReluLayer', varargin, {}, @(~, X) doubles.run_layer('clippedReluLayer', struct('min_val', 0, 'max_val', ceiling), struct(), X));
end

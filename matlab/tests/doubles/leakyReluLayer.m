function layer = leakyReluLayer(scale, varargin)
%LEAKYRELULAYER A stand-in, see README.md.

layer = doubles.layer('leakyReluLayer', varargin, {}, @(~, X) doubles.run_layer('leakyReluLayer', struct('negative_slope', scale), struct(), X));
end

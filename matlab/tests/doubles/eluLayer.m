function layer = eluLayer(alpha, varargin)
%ELULAYER A stand-in, see README.md.

layer = doubles.layer('eluLayer', varargin, {}, @(~, X) doubles.run_layer('eluLayer', struct('alpha', alpha), struct(), X));
end

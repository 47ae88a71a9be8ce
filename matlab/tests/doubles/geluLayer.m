function layer = geluLayer(varargin)
%GELULAYER A stand-in, see README.md.

layer = doubles.layer('geluLayer', varargin, {'Approximation'}, @forward);
end

function Y = forward(s, X)
Y = doubles.run_layer('geluLayer', struct('approximate', doubles.option(s, 'Approximation', 'none')), struct(), X);
end

function layer = preluLayer(varargin)
%PRELULAYER A stand-in, see README.md.

layer = doubles.layer('preluLayer', varargin, {'Alpha'}, @(s, X) doubles.run_layer('preluLayer', struct(), struct('Alpha', s.Alpha), X));
end

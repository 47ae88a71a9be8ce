function layer = dropoutLayer(probability, varargin)
%DROPOUTLAYER A stand-in, see README.md.

layer = doubles.layer('dropoutLayer', varargin, {}, @(~, X) doubles.run_layer('dropoutLayer', struct('p', probability), struct(), X));
end

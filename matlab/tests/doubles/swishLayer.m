function layer = swishLayer(varargin)
%SWISHLAYER A stand-in, see README.md.

layer = doubles.layer('swishLayer', varargin, {}, @(~, X) doubles.run_layer('swishLayer', struct(), struct(), X));
end

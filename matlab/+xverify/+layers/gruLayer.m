function varargout = gruLayer(layer, X, varargin)
%GRULAYER Gated recurrent units.
%   [Y, H] = XVERIFY.LAYERS.GRULAYER(LAYER, X) is PyTorch's nn.GRU, MATLAB's gruLayer with the reset gate mode
%   'recurrent-bias-after-multiplication', from a state of zeros. Several layers are stacked, and both directions run
%   where LAYER has their weights; MATLAB has a layer of its own for each.
%   [Y, H] = XVERIFY.LAYERS.GRULAYER(LAYER, X, H0) begins with the given state.
%
%   Inputs:
%     LAYER  step of a bundle: attributes batch_first (default 0), elements (which of Y, H are returned, from 0; default
%            both); parameters InputWeights, RecurrentWeights, Bias (the recurrent one below the input's); with several
%            cells InputWeights_l0, InputWeights_l0_reverse, InputWeights_l1 ...; gates reset, update, candidate. rank,
%            PyTorch's of X
%     X      single, features x observations x time; with batch_first features x time x observations; of rank 2 features
%            x time
%     H0     single, hidden x observations x cells, layer by layer, forward before backward; of rank 2 hidden x cells
%   Outputs:
%     Y      single, (hidden * directions) x ..., other axes as X has them
%     H      single, as H0: the last states
%
%   Errors: xverify:gruLayer:states if there is more than one initial state, or it has another size.
%
%   Example:
%     layer = struct('attributes', struct(), 'rank', 3);
%     layer.parameters = struct('InputWeights', ones(3, 1, 'single'), 'RecurrentWeights', zeros(3, 1, 'single'));
%     Y = xverify.layers.gruLayer(layer, zeros(1, 2, 5, 'single'));   % zeros, 1 x 2 x 5
%
%   See also xverify.layers.lstmLayer

if isempty(varargin)
  varargin = {[]};
elseif numel(varargin) > 1
  error('xverify:gruLayer:states', '%d initial states: a GRU takes one, or none for zeros.', numel(varargin));
end
cells = xverify.internal.layer_cells(layer, 3);
varargout = xverify.internal.layer_sequence('gruLayer', layer, X, varargin, cells, @walk);
end

function [H, states] = walk(c, X, states, times)
h = states{1};
n = size(h, 1);
H = zeros([n size(h, 2) size(X, 3)], class(X));
bias = c.b;
if isempty(bias)
  bias = zeros(6 * n, 1, class(X));
end
driven = reshape(c.W * reshape(X, size(X, 1), []) + bias(1:3 * n), 3 * n, size(h, 2), size(X, 3));
for t = times
  fed = c.R * h + bias(3 * n + 1:end);
  gate = 1 ./ (1 + exp(-(driven(1:2 * n, :, t) + fed(1:2 * n, :))));
  candidate = tanh(driven(2 * n + 1:end, :, t) + gate(1:n, :) .* fed(2 * n + 1:end, :));
  h = (h - candidate) .* gate(n + 1:end, :) + candidate;
  H(:, :, t) = h;
end
states = {h};
end

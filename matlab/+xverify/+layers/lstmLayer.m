function varargout = lstmLayer(layer, X, varargin)
%LSTMLAYER Long short-term memory.
%   [Y, H, C] = XVERIFY.LAYERS.LSTMLAYER(LAYER, X) is PyTorch's nn.LSTM, from a state of zeros; several layers are
%   stacked.
%   [Y, H, C] = XVERIFY.LAYERS.LSTMLAYER(LAYER, X, H0, C0) begins with the given hidden and cell states.
%
%   Inputs:
%     LAYER   step of a bundle: attributes batch_first (default 0), elements (which of Y, H, C are returned, from 0;
%             default all three); parameters InputWeights, RecurrentWeights, Bias; with several layers InputWeights_l0,
%             InputWeights_l1 ...; gates input, forget, candidate, output. rank, PyTorch's of X
%     X       single, features x observations x time; with batch_first features x time x observations; of rank 2
%             features x time
%     H0, C0  single, hidden x observations x cells, layer by layer; of rank 2 hidden x cells
%   Outputs:
%     Y       single, hidden x ..., other axes as X has them
%     H, C    single, as H0 and C0: the last states
%
%   Errors: xverify:lstmLayer:states if one initial state comes without the other, or has another size.
%
%   Example:
%     layer = struct('attributes', struct(), 'rank', 3);
%     layer.parameters = struct('InputWeights', ones(4, 1, 'single'), 'RecurrentWeights', zeros(4, 1, 'single'));
%     Y = xverify.layers.lstmLayer(layer, zeros(1, 2, 5, 'single'));   % zeros, 1 x 2 x 5
%
%   See also xverify.layers.bilstmLayer, xverify.layers.gruLayer

varargout = xverify.internal.layer_lstm('lstmLayer', layer, X, varargin);
end

function varargout = bilstmLayer(layer, X, varargin)
%BILSTMLAYER Long short-term memory in both directions.
%   [Y, H, C] = XVERIFY.LAYERS.BILSTMLAYER(LAYER, X) is PyTorch's nn.LSTM with bidirectional=True, from a state of
%   zeros; several layers are stacked.
%   [Y, H, C] = XVERIFY.LAYERS.BILSTMLAYER(LAYER, X, H0, C0) begins with the given hidden and cell states.
%
%   Inputs:
%     LAYER   step of a bundle: attributes batch_first (default 0), elements (which of Y, H, C are returned, from 0;
%             default all three); parameters InputWeights, RecurrentWeights, Bias, each the forward direction's over the
%             backward one's; with several layers InputWeights_l0, InputWeights_l1 ...; gates input, forget, candidate,
%             output. rank, PyTorch's of X
%     X       single, features x observations x time; with batch_first features x time x observations; of rank 2
%             features x time
%     H0, C0  single, hidden x observations x cells, layer by layer, forward before backward; of rank 2 hidden x cells
%   Outputs:
%     Y       single, (2 * hidden) x ..., other axes as X has them
%     H, C    single, as H0 and C0: the last states
%
%   Errors: xverify:bilstmLayer:states if one initial state comes without the other, or has another size.
%
%   Example:
%     layer = struct('attributes', struct(), 'rank', 3);
%     layer.parameters = struct('InputWeights', ones(8, 1, 'single'), 'RecurrentWeights', zeros(8, 1, 'single'));
%     Y = xverify.layers.bilstmLayer(layer, zeros(1, 2, 5, 'single'));   % zeros, 2 x 2 x 5
%
%   See also xverify.layers.lstmLayer, xverify.layers.gruLayer

varargout = xverify.internal.layer_lstm('bilstmLayer', layer, X, varargin);
end

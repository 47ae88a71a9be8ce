function Y = depthConcatenationLayer(layer, varargin)
%DEPTHCONCATENATIONLAYER Joins arrays along their channels.
%   Y = XVERIFY.LAYERS.DEPTHCONCATENATIONLAYER(LAYER, A, B, ...) is PyTorch's cat along axis 1.
%
%   Inputs:
%     LAYER      step of a bundle; rank, PyTorch's of A
%     A, B, ...  single, channels in dimension rank - 1, the spatial axes before them in one order
%   Output:
%     Y          single
%
%   Example:
%     layer = struct('attributes', struct('dim', 1), 'parameters', struct(), 'rank', 4);
%     Y = xverify.layers.depthConcatenationLayer(layer, ones(2, 3, 4, 'single'), ones(2, 3, 1, 'single'));   % 2 x 3 x 5
%
%   See also xverify.layers.concatenationLayer

Y = cat(layer.rank - 1, varargin{:});
end

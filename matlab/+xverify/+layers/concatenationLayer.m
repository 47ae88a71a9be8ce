function Y = concatenationLayer(layer, varargin)
%CONCATENATIONLAYER Joins arrays along one axis.
%   Y = XVERIFY.LAYERS.CONCATENATIONLAYER(LAYER, A, B, ...) is PyTorch's cat.
%
%   Inputs:
%     LAYER      step of a bundle: attribute dim (default 0), PyTorch's axis, from 0 or negative from the end; rank,
%                PyTorch's of A
%     A, B, ...  single, PyTorch's axes reversed
%   Output:
%     Y          single
%
%   Example:
%     layer = struct('attributes', struct('dim', 1), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.concatenationLayer(layer, single([1; 2]), single(3));   % [1; 2; 3]
%
%   See also xverify.layers.depthConcatenationLayer

axis = xverify.internal.layer_option(layer, 'dim', 0);
Y = cat(xverify.internal.layer_dimension(axis, layer.rank), varargin{:});
end

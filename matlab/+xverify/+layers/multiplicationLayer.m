function Y = multiplicationLayer(~, varargin)
%MULTIPLICATIONLAYER Elementwise product of two or more arrays.
%   Y = XVERIFY.LAYERS.MULTIPLICATIONLAYER(LAYER, A, B, ...) is PyTorch's mul. Axes of size 1 expand.
%
%   Inputs:
%     LAYER      step of a bundle, without attributes
%     A, B, ...  single, PyTorch's axes reversed, or all in the same other order
%   Output:
%     Y          single
%
%   Errors: xverify:multiplicationLayer:inputs if there are fewer than two arrays.
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.multiplicationLayer(layer, single([1 2]), single([10; 20]));   % [10 20; 20 40]
%
%   See also xverify.layers.additionLayer

if numel(varargin) < 2
  error('xverify:multiplicationLayer:inputs', 'A product needs two arrays, not %d.', numel(varargin));
end
Y = varargin{1};
for k = 2:numel(varargin)
  Y = Y .* varargin{k};
end
end

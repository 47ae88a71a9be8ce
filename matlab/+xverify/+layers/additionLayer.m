function Y = additionLayer(layer, varargin)
%ADDITIONLAYER Sum of two or more arrays.
%   Y = XVERIFY.LAYERS.ADDITIONLAYER(LAYER, A, B, ...) is PyTorch's add: A + alpha * B. Axes of size 1 expand.
%
%   Inputs:
%     LAYER      step of a bundle: attribute alpha (default 1)
%     A, B, ...  single, PyTorch's axes reversed, or all in the same other order
%   Output:
%     Y          single
%
%   Errors: xverify:additionLayer:inputs if there are fewer than two arrays.
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.additionLayer(layer, single([1 2]), single([10; 20]));   % [11 12; 21 22]
%
%   See also xverify.layers.multiplicationLayer

if numel(varargin) < 2
  error('xverify:additionLayer:inputs', 'A sum needs two arrays, not %d.', numel(varargin));
end
alpha = xverify.internal.layer_option(layer, 'alpha', 1);
Y = varargin{1};
for k = 2:numel(varargin)
  if alpha == 1
    Y = Y + varargin{k};
  else
    Y = Y + alpha * varargin{k};
  end
end
end

function Y = wordEmbeddingLayer(layer, X)
%WORDEMBEDDINGLAYER Looks words up in a table.
%   Y = XVERIFY.LAYERS.WORDEMBEDDINGLAYER(LAYER, X) is PyTorch's embedding. Indices are PyTorch's, from 0; MATLAB's
%   layer counts from 1.
%
%   Inputs:
%     LAYER  step of a bundle: parameter Weights (dimension x entries)
%     X      indices, of any size and class
%   Output:
%     Y      of the class of Weights, dimension x size of X
%
%   Errors: xverify:wordEmbeddingLayer:index if an index is not in the table.
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct('Weights', single([1 2 3; 10 20 30])), 'rank', 1);
%     Y = xverify.layers.wordEmbeddingLayer(layer, int64([2; 0]));   % [3 1; 30 10]

W = layer.parameters.Weights;
index = double(X(:)) + 1;
if any(index < 1 | index > size(W, 2))
  error('xverify:wordEmbeddingLayer:index', 'Indices from %d to %d, the table has the entries 0 to %d.', ...
        min(index) - 1, max(index) - 1, size(W, 2) - 1);
end
Y = reshape(W(:, index), [size(W, 1) size(X)]);
end

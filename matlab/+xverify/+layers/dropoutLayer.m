function Y = dropoutLayer(~, X)
%DROPOUTLAYER Nothing: dropout acts in training alone.
%   Y = XVERIFY.LAYERS.DROPOUTLAYER(LAYER, X) is PyTorch's dropout in evaluation.
%
%   Inputs:
%     LAYER  step of a bundle, its attributes are not used
%     X      single, of any size
%   Output:
%     Y      single, as X
%
%   Example:
%     layer = struct('attributes', struct(), 'parameters', struct(), 'rank', 2);
%     Y = xverify.layers.dropoutLayer(layer, single([1 2]));   % 1 2

Y = X;
end

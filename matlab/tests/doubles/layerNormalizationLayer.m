function layer = layerNormalizationLayer(varargin)
%LAYERNORMALIZATIONLAYER A stand-in, see README.md. Without 'channel-only' a sequence would be normalized over time too.

known = {'Scale', 'Offset', 'Epsilon', 'OperationDimension', 'ScaleLearnRateFactor', 'OffsetLearnRateFactor'};
layer = doubles.layer('layerNormalizationLayer', varargin, known, @forward);
doubles.require(layer, 'Scale', [NaN, 1]);
doubles.require(layer, 'Offset', [NaN, 1]);
end

function Y = forward(s, X)
if ~strcmp(dims(X), 'CB') && ~(strcmp(dims(X), 'CBT') && strcmp(doubles.option(s, 'OperationDimension', 'auto'), 'channel-only'))
  error('doubles:layer:format', 'Not only the channels of %s would be normalized.', dims(X));
end
step = struct('attributes', struct('eps', s.Epsilon), 'parameters', struct('Scale', s.Scale, 'Offset', s.Offset), 'rank', 2);
Y = dlarray(xverify.layers.layerNormalizationLayer(step, extractdata(X)), dims(X));
end

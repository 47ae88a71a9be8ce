function Y = selfAttentionLayer(layer, X)
%SELFATTENTIONLAYER Scaled dot-product attention of a sequence to itself, in several heads.
%   Y = XVERIFY.LAYERS.SELFATTENTIONLAYER(LAYER, X) is PyTorch's nn.MultiheadAttention with one input as query, key and
%   value, without mask. Each head has neighbouring channels; scores are divided by the root of a head's number of key
%   channels.
%
%   Inputs:
%     LAYER  step of a bundle: attribute num_heads (MATLAB's NumHeads); parameters QueryWeights and KeyWeights (key
%            channels x channels), ValueWeights (value channels x channels), OutputWeights (out x value channels), and
%            QueryBias, KeyBias, ValueBias, OutputBias (columns), where there are any
%     X      single, channels x time x observations
%   Output:
%     Y      single, out x time x observations
%
%   Errors: xverify:selfAttentionLayer:heads if num_heads does not divide the key or the value channels.
%
%   Example:
%     layer = struct('attributes', struct('num_heads', 1), 'rank', 3);
%     layer.parameters = struct('QueryWeights', 0, 'KeyWeights', 0, 'ValueWeights', 1, 'OutputWeights', 1);
%     Y = xverify.layers.selfAttentionLayer(layer, single([1 3]));   % 2 2: equal scores take the mean

heads = layer.attributes.num_heads;
[steps, observations] = deal(size(X, 2), size(X, 3));
flat = reshape(X, size(X, 1), []);
queries = by_head(project(layer, 'Query', flat), heads, steps, observations);
keys = by_head(project(layer, 'Key', flat), heads, steps, observations);
values = by_head(project(layer, 'Value', flat), heads, steps, observations);
queries = queries / sqrt(cast(size(queries, 1), class(X)));
mixed = zeros(size(values), class(X));
for n = 1:observations
  for k = 1:heads
    scores = reshape(keys(:, k, :, n), [], steps).' * reshape(queries(:, k, :, n), [], steps);
    weights = exp(scores - max(scores, [], 1));
    weights = weights ./ cast(sum(weights, 1, 'double'), class(X));
    mixed(:, k, :, n) = reshape(values(:, k, :, n), [], steps) * weights;
  end
end
Y = reshape(project(layer, 'Output', reshape(mixed, [], steps * observations)), [], steps, observations);
end

function Y = project(layer, role, X)
Y = layer.parameters.([role 'Weights']) * X;
bias = xverify.internal.layer_parameter(layer, [role 'Bias'], []);
if ~isempty(bias)
  Y = Y + bias(:);
end
end

function Y = by_head(X, heads, steps, observations)
%Channels of a head x heads x time x observations.
if mod(size(X, 1), heads) ~= 0
  error('xverify:selfAttentionLayer:heads', '%d heads do not divide %d channels.', heads, size(X, 1));
end
Y = reshape(X, size(X, 1) / heads, heads, steps, observations);
end

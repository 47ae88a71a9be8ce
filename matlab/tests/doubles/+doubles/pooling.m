function layer = pooling(type, count, poolSize, arguments)
%POOLING What the poolings over windows have in common. Stride is 1 unless it is given; padding is smaller than the window.

layer = doubles.layer(type, arguments, {'Stride', 'Padding', 'PaddingValue'}, @(s, X) forward(type, count, poolSize, s, X));
[before, behind] = doubles.edges(doubles.option(layer.Settings, 'Padding', 0), count);
sizes = reshape(poolSize, 1, []);
if any(before(1:count) >= sizes) || any(behind(1:count) >= sizes)
  error('doubles:layer:padding', '%s: the padding must be smaller than the window.', layer.Name);
end
end

function Y = forward(type, count, poolSize, s, X)
padding = doubles.option(s, 'Padding', 0);
attributes = struct('kernel_size', doubles.pytorch_order(poolSize, count), ...
  'stride', doubles.pytorch_order(doubles.option(s, 'Stride', 1), count));
isMax = strncmp(type, 'max', 3);
fill = 0;
if isMax
  fill = -Inf;
end
Y = doubles.run_layer(type, attributes, struct(), doubles.padded(X, padding, count, fill));
if strcmp(doubles.option(s, 'PaddingValue', 0), 'mean')
  ones_ = dlarray(ones(size(X), 'single'), dims(X));
  share = doubles.run_layer(type, attributes, struct(), doubles.padded(ones_, padding, count, 0));
  Y = dlarray(extractdata(Y) ./ extractdata(share), dims(Y));
end
end

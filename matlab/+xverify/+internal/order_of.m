function order = order_of(op)
%ORDER_OF In which axis order an operation takes its arrays.
%   ORDER = XVERIFY.INTERNAL.ORDER_OF(OP) is
%     'image'     a layer that knows height from width: H x W x C x N, MATLAB's order
%     'any'       a layer that does not care about the order of the spatial axes
%     'reversed'  any other layer: PyTorch's axes in reverse order, W x H x C x N, C x L x N, C x N
%     'operator'  an ONNX operator: the same order, with the rank beside the array
%   An axis order comes from what the layer is, never from the rank of an array.

persistent orders
if isempty(orders)
  orders = struct();
  images = {'convolution2dLayer', 'convolution3dLayer', 'groupedConvolution2dLayer', 'transposedConv2dLayer', ...
    'transposedConv3dLayer', 'maxPooling2dLayer', 'maxPooling3dLayer', 'averagePooling2dLayer', 'averagePooling3dLayer', ...
    'resize2dLayer', 'flattenLayer'};
  indifferent = {'additionLayer', 'multiplicationLayer', 'depthConcatenationLayer', 'batchNormalizationLayer', ...
    'groupNormalizationLayer', 'instanceNormalizationLayer', 'crossChannelNormalizationLayer', 'reluLayer', ...
    'leakyReluLayer', 'clippedReluLayer', 'eluLayer', 'geluLayer', 'swishLayer', 'hardswishLayer', 'sigmoidLayer', ...
    'tanhLayer', 'preluLayer', 'dropoutLayer', 'globalAveragePooling2dLayer', 'globalAveragePooling3dLayer', ...
    'globalMaxPooling2dLayer', 'globalMaxPooling3dLayer'};
  for name = images
    orders.(name{1}) = 'image';
  end
  for name = indifferent
    orders.(name{1}) = 'any';
  end
end
if isfield(orders, op)
  order = orders.(op);
elseif numel(op) > 5 && strcmp(op(end - 4:end), 'Layer')
  order = 'reversed';
else
  order = 'operator';
end
end

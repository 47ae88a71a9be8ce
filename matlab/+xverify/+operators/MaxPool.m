function [y, indices] = MaxPool(step, x)
%MAXPOOL ONNX operator MaxPool: the largest element of each window, over any number of spatial axes.
%   [Y, INDICES] = XVERIFY.OPERATORS.MAXPOOL(STEP, X) for a value X with axes N C ... (see xverify.internal.value). INDICES
%   are those of the elements in all of X, from 0, as int64.
%   STEP.attributes: kernel_shape, strides (1), dilations (1), pads (0), auto_pad ('NOTSET'), ceil_mode (0), storage_order
%   (0; 1 counts the indices' spatial axes from the first).
%
%   Errors: xverify:MaxPool:auto_pad for an auto_pad that ONNX does not know.
%
%   Example:
%     x = xverify.internal.value(single([1; 3; 2]), 3);
%     y = xverify.operators.MaxPool(struct('attributes', struct('kernel_shape', 2)), x);   % y.data: 3 3

shape = xverify.internal.shape_of(x);
w = xverify.internal.operator_windows('MaxPool', step, x, xverify.internal.operator_attribute(step, 'kernel_shape', []));
lowest = lowest_of(x.data);
padded = xverify.internal.operator_pad_around(x.data, w.first, w.last + w.extra, lowest);
wanted = nargout > 1;
if wanted
  spatial = fliplr(shape(3:end));
  places = numbered(spatial, shape(2) * shape(1), xverify.internal.operator_attribute(step, 'storage_order', 0));
  places = xverify.internal.operator_pad_around(reshape(places, [spatial shape(2) shape(1)]), w.first, w.last + w.extra, -1);
end
for tap = 1:prod(w.kernel)
  index = xverify.internal.operator_window_index(w, tap);
  window = padded(index{:}, :, :);
  if tap == 1
    largest = window;
    if wanted
      at = places(index{:}, :, :);
    end
    continue
  end
  if wanted
    here = places(index{:}, :, :);
    better = window > largest | (at < 0 & here >= 0);
    at(better) = here(better);
  end
  largest = xverify.internal.operator_keep_nan(max(largest, window), largest, window);
end
y = xverify.internal.operator_reshape(largest, [shape(1:2) fliplr(w.count)]);
if wanted
  indices = xverify.internal.operator_reshape(int64(at), [shape(1:2) fliplr(w.count)]);
end
end

function lowest = lowest_of(x)
if isinteger(x)
  lowest = intmin(class(x));
else
  lowest = -Inf;
end
end

function places = numbered(spatial, maps, column_major)
% Reversed arrays have ONNX's memory order, so that a plain count is right but for storage_order 1.
places = 0:prod(spatial) - 1;
if column_major
  rank = numel(spatial);
  places = reshape(places, [fliplr(spatial) 1]);
  places = permute(places, [rank:-1:1 rank + 1]);
end
places = places(:) + (0:maps - 1) * prod(spatial);
end

function row = pytorch_order(values, count)
%PYTORCH_ORDER One number an axis, from height, width, depth to depth, height, width.

row = values;
if isscalar(row)
  row = repmat(row, 1, count);
end
if count == 3
  row = row([3 1 2]);
end
end

function X = flattened(X)
%FLATTENED Spatial dimensions joined with the channels, in the order of MATLAB's elements.

format = dims(X);
if any(format == 'S')
  data = extractdata(X);
  batch = size(data, find(format == 'B'));
  X = dlarray(reshape(data, [], batch), 'CB');
end
end

function row = layer_axes(values, spatial, filler)
%LAYER_AXES One number a spatial axis, in the order of MATLAB's three: height, width, depth.
%   ROW = XVERIFY.INTERNAL.LAYER_AXES(VALUES, SPATIAL, FILLER) takes PyTorch's list for SPATIAL axes (length; height,
%   width; depth, height, width), or one number for all of them, and gives three numbers. Axes that are not there get
%   FILLER.
%
%   Example:
%     xverify.internal.layer_axes([2 3], 2, 1)      % 2 3 1
%     xverify.internal.layer_axes([2 3 4], 3, 1)    % 3 4 2
%
%   See also xverify.internal.layer_windows

row = reshape(values, 1, []);
if isscalar(row)
  row = repmat(row, 1, spatial);
end
if spatial == 3
  row = row([2 3 1]); % PyTorch's volumes are depth, height, width; MATLAB's are height, width, depth
end
row(end + 1:3) = filler;
end

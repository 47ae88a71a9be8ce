function Y = resize2dLayer(layer, X)
%RESIZE2DLAYER Resizes images to the nearest pixel or bilinearly.
%   Y = XVERIFY.LAYERS.RESIZE2DLAYER(LAYER, X) is PyTorch's upsample_bilinear2d where LAYER has the attribute
%   align_corners, and upsample_nearest2d where it has not. MATLAB's resize2dLayer rounds to the nearest pixel in
%   several ways; here it is PyTorch's.
%
%   Inputs:
%     LAYER  step of a bundle: attributes output_size ([height width]) or scale_factors ([height width]), or scales_h
%            and scales_w beside output_size; align_corners (bilinear only)
%     X      single, height x width x channels x observations
%   Output:
%     Y      single, as X with another height and width
%
%   Errors: xverify:resize2dLayer:size if neither size nor scale factors are given.
%
%   Example:
%     layer = struct('attributes', struct('scale_factors', [2 1]), 'parameters', struct(), 'rank', 4);
%     Y = xverify.layers.resize2dLayer(layer, single([1; 2]));   % 1 1 2 2

extent = [size(X, 1) size(X, 2)];
[sizes, steps] = geometry(layer, extent);
shape = [sizes size(X, 3) size(X, 4)];
if isfield(layer.attributes, 'align_corners')
  corners = layer.attributes.align_corners;
  V = interpolate(reshape(X, extent(1), []), source(extent(1), sizes(1), steps(1), corners));
  V = permute(reshape(V, sizes(1), extent(2), []), [2 1 3]);
  V = interpolate(reshape(V, extent(2), []), source(extent(2), sizes(2), steps(2), corners));
  Y = reshape(permute(reshape(V, sizes(2), sizes(1), []), [2 1 3]), shape);
else
  Y = reshape(X(nearest(extent(1), sizes(1), steps(1)), nearest(extent(2), sizes(2), steps(2)), :), shape);
end
end

function [sizes, steps] = geometry(layer, extent)
%Size of the output, and how far apart its pixels lie in the input, for height and width.
factors = xverify.internal.layer_option(layer, 'scale_factors', []);
sizes = xverify.internal.layer_option(layer, 'output_size', []);
if isempty(factors)
  factors = [xverify.internal.layer_option(layer, 'scales_h', NaN), ...
             xverify.internal.layer_option(layer, 'scales_w', NaN)];
end
if isempty(sizes) && any(isnan(factors))
  error('xverify:resize2dLayer:size', 'There is neither output_size nor scale_factors.');
elseif isempty(sizes)
  sizes = floor(extent .* reshape(factors, 1, 2));
end
sizes = reshape(sizes, 1, 2);
steps = 1 ./ reshape(factors, 1, 2); % a factor that is given counts, even where it does not lead to the size exactly
plain = isnan(steps) | sizes == extent; % but in PyTorch's code the same size is always a copy
if ~isfield(layer.attributes, 'align_corners')
  plain = plain | sizes == 2 * extent; % and the nearest pixel of a doubled image always half its position
end
steps(plain) = extent(plain) ./ sizes(plain);
end

function at = nearest(extent, count, step)
%In single precision, as in PyTorch: where a position is whole but for rounding, that decides which pixel it is.
at = min(double(floor(single(0:count - 1) * single(step))), extent - 1) + 1;
end

function at = source(extent, count, step, corners)
%Where the output's pixels lie in the input, from 0.
if corners
  at = (0:count - 1)' * ((extent - 1) / max(count - 1, 1));
else
  at = max((0.5:count)' * step - 0.5, 0);
end
at = min(at, extent - 1);
end

function V = interpolate(V, at)
%Along the first dimension.
low = floor(at);
high = min(low + 1, size(V, 1) - 1);
weight = cast(at - low, class(V));
V = V(low + 1, :) .* (1 - weight) + V(high + 1, :) .* weight;
end

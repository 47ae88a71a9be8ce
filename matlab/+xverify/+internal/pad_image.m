function P = pad_image(V, before, behind, fill)
%PAD_IMAGE Puts a border around the three spatial axes of a volume.
%   P = XVERIFY.INTERNAL.PAD_IMAGE(V, BEFORE, BEHIND, FILL) for V of height x width x depth x channels x observations;
%   BEFORE and BEHIND are 1 x 3, FILL is the border's value. Without a border V comes back as it is, without a copy.
%
%   Example:
%     xverify.internal.pad_image([1 2], [1 0 0], [0 1 0], 0)   % [0 0 0; 1 2 0]
%
%   See also xverify.internal.layer_windows

if ~any([before behind])
  P = V;
  return
end
extent = [size(V, 1) size(V, 2) size(V, 3)];
shape = [extent + before + behind, size(V, 4), size(V, 5)];
if fill == 0
  P = zeros(shape, class(V));
else
  P = repmat(cast(fill, class(V)), shape);
end
P(before(1) + (1:extent(1)), before(2) + (1:extent(2)), before(3) + (1:extent(3)), :, :) = V;
end

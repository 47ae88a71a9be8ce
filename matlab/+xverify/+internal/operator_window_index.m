function index = operator_window_index(w, position)
%OPERATOR_WINDOW_INDEX Which elements of a padded array lie at one position of the kernel, for all windows.
%   INDEX = XVERIFY.INTERNAL.OPERATOR_WINDOW_INDEX(W, POSITION): W from operator_windows, POSITION the linear index of the
%   kernel's element. INDEX is a cell of ranges, one a spatial dimension.
%
%   Example:
%     w = struct('kernel', 3, 'stride', 2, 'dilation', 1, 'count', 4);
%     xverify.internal.operator_window_index(w, 2)   % {2:2:8}

rank = numel(w.kernel);
index = cell(1, rank);
rest = position - 1;
for d = 1:rank
  start = mod(rest, w.kernel(d)) * w.dilation(d);
  rest = floor(rest / w.kernel(d));
  index{d} = start + (1:w.stride(d):(w.count(d) - 1) * w.stride(d) + 1);
end
end

function V = layer_slide(V, w, combine)
%LAYER_SLIDE Combines the elements of each window, one axis after the other.
%   Y = XVERIFY.INTERNAL.LAYER_SLIDE(V, WINDOWS, COMBINE) for V of height x width x depth x channels x observations,
%   padded, the struct of LAYER_WINDOWS, and @max or @plus. Both may be taken along the columns first and the rows then:
%   k + k steps for a window of k x k.
%
%   See also xverify.internal.layer_windows

for dim = 1:3
  if w.kernel(dim) == 1 && w.stride(dim) == 1
    continue
  end
  at = {':', ':', ':', ':', ':'};
  Y = [];
  for tap = 0:w.kernel(dim) - 1
    from = 1 + tap * w.dilation(dim);
    at{dim} = from:w.stride(dim):from + (w.count(dim) - 1) * w.stride(dim);
    if tap == 0
      Y = V(at{:});
    else
      Y = combine(Y, V(at{:}));
    end
  end
  V = Y;
end
end

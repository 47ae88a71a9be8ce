function [values, indices] = TopK(step, x, k)
%TOPK ONNX operator TopK: the K largest elements along an axis, in order, and their indices from 0 as int64.
%   [VALUES, INDICES] = XVERIFY.OPERATORS.TOPK(STEP, X, K) for values (see xverify.internal.value). Of equal elements the
%   one with the lower index comes first.
%   STEP.attributes: axis (-1), largest (1; 0 gives the smallest). The elements are sorted whatever `sorted` says.
%
%   Errors: xverify:TopK:axis for an axis that X does not have, xverify:TopK:size for a K beyond its size.
%
%   Example:
%     x = xverify.internal.value(single([1; 3; 2]), 1);
%     [v, at] = xverify.operators.TopK(struct(), x, xverify.internal.value(int64(2), 1));   % v.data: 3 2, at.data: 1 2

dim = xverify.internal.operator_dims(xverify.internal.operator_attribute(step, 'axis', -1), x.rank, 'TopK');
count = double(k.data(1));
if count > size(x.data, dim)
  error('xverify:TopK:size', 'TopK: %d elements of an axis of size %d.', count, size(x.data, dim));
end
direction = 'ascend';
if xverify.internal.operator_attribute(step, 'largest', 1)
  direction = 'descend';
end
[sorted, place] = sort(x.data, dim, direction);
index = repmat({':'}, 1, max(x.rank, 2));
index{dim} = 1:count;
values = xverify.internal.value(sorted(index{:}), x.rank);
indices = xverify.internal.value(int64(place(index{:}) - 1), x.rank);
end

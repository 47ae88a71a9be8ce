function y = Transpose(step, x)
%TRANSPOSE ONNX operator Transpose: axes in another order.
%   Y = XVERIFY.OPERATORS.TRANSPOSE(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: perm, from 0 (the axes turned around).
%
%   Example:
%     x = xverify.internal.value(ones(5, 3, 2, 'single'), 3);
%     y = xverify.operators.Transpose(struct('attributes', struct('perm', [0 2 1])), x);   % size(y.data): 3 5 2

if x.rank < 2
  y = x;
  return
end
perm = xverify.internal.operator_attribute(step, 'perm', x.rank - 1:-1:0);
y = xverify.internal.value(permute(x.data, x.rank - perm(end:-1:1)), x.rank);
end

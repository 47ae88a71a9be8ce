function y = Sqrt(~, x)
%SQRT ONNX operator Sqrt: square roots; NaN of negative numbers.
%   Y = XVERIFY.OPERATORS.SQRT(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([4; 9]), 1);
%     y = xverify.operators.Sqrt(struct(), x);   % y.data: 2 3

root = sqrt(x.data);
if ~isreal(root) % of a negative number
  root = real(root);
  root(x.data < 0) = NaN;
end
y = xverify.internal.value(root, x.rank);
end

function y = Log(~, x)
%LOG ONNX operator Log: natural logarithms; NaN of negative numbers.
%   Y = XVERIFY.OPERATORS.LOG(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([1; 2]), 1);
%     y = xverify.operators.Log(struct(), x);   % y.data: 0 0.6931

logarithm = log(x.data);
if ~isreal(logarithm) % of a negative number
  logarithm = real(logarithm);
  logarithm(x.data < 0) = NaN;
end
y = xverify.internal.value(logarithm, x.rank);
end

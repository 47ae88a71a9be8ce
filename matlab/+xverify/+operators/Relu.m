function y = Relu(~, x)
%RELU ONNX operator Relu: negative elements become 0.
%   Y = XVERIFY.OPERATORS.RELU(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.Relu(struct(), x);   % y.data: 0 2

y = xverify.internal.value(xverify.internal.operator_keep_nan(max(x.data, 0), x.data), x.rank);
end

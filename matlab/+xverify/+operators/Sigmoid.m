function y = Sigmoid(~, x)
%SIGMOID ONNX operator Sigmoid: 1 / (1 + exp(-x)).
%   Y = XVERIFY.OPERATORS.SIGMOID(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([0; 1]), 1);
%     y = xverify.operators.Sigmoid(struct(), x);   % y.data: 0.5 0.7311

y = xverify.internal.value(1 ./ (1 + exp(-x.data)), x.rank);
end

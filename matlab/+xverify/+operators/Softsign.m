function y = Softsign(~, x)
%SOFTSIGN ONNX operator Softsign: x / (1 + |x|).
%   Y = XVERIFY.OPERATORS.SOFTSIGN(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.Softsign(struct(), x);   % y.data: -0.5 0.6667

y = xverify.internal.value(x.data ./ (1 + abs(x.data)), x.rank);
end

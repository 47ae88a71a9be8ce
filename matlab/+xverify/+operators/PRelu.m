function y = PRelu(~, x, slope)
%PRELU ONNX operator PRelu: x, or slope * x where x is negative.
%   Y = XVERIFY.OPERATORS.PRELU(STEP, X, SLOPE) for values (see xverify.internal.value); SLOPE broadcasts to X.
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     slope = xverify.internal.value(single(0.1), 0);
%     y = xverify.operators.PRelu(struct(), x, slope);   % y.data: -0.1 2

scaled = x.data .* slope.data;
data = x.data;
negative = data < 0;
data(negative) = scaled(negative);
y = xverify.internal.value(data, x.rank);
end

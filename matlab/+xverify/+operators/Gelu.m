function y = Gelu(step, x)
%GELU ONNX operator Gelu: x * Phi(x), Phi the normal distribution function.
%   Y = XVERIFY.OPERATORS.GELU(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: approximate ('none', or 'tanh' for its approximation).
%   By erfc: 1 + erf(x) loses its digits where x is negative.
%
%   Errors: xverify:Gelu:approximate for another approximation.
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.Gelu(struct(), x);   % y.data: -0.1587 1.9545

approximate = xverify.internal.operator_attribute(step, 'approximate', 'none');
data = x.data;
switch approximate
  case 'none'
    data = 0.5 * data .* erfc(-data / sqrt(2));
  case 'tanh'
    data = 0.5 * data .* (1 + tanh(sqrt(2 / pi) * (data + 0.044715 * data .^ 3)));
  otherwise
    error('xverify:Gelu:approximate', 'Gelu: approximate is %s, not none or tanh.', approximate);
end
y = xverify.internal.value(data, x.rank);
end

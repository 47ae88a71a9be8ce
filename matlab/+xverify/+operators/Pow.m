function y = Pow(~, a, b)
%POW ONNX operator Pow: A to the power B, in the class of A.
%   Y = XVERIFY.OPERATORS.POW(STEP, A, B) for values A and B (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value(single([1; 2]), 1);
%     b = xverify.internal.value(single(2), 0);
%     y = xverify.operators.Pow(struct(), a, b);   % y.data: 1 4

base = a.data;
exponent = cast(b.data, 'double');
if isscalar(exponent) && exponent == 2
  power = base .* base;
elseif isscalar(exponent) && exponent == 0.5 && isfloat(base) && all(base(:) >= 0)
  power = sqrt(base);
else
  power = real_power(base, exponent);
end
y = xverify.internal.value(power, max(a.rank, b.rank));
end

function power = real_power(base, exponent)
% MATLAB's power of a negative number is complex as soon as one exponent is no integer; ONNX's is NaN there.
x = double(base);
power = abs(x) .^ exponent;
negative = (x < 0) | false(size(power));
if any(negative(:))
  odd = negative & (mod(exponent, 2) == 1);
  power(odd) = -power(odd);
  power(negative & (exponent ~= fix(exponent))) = NaN;
end
power = cast(power, class(base));
end

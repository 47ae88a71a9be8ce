function y = Mod(step, a, b)
%MOD ONNX operator Mod: remainders.
%   Y = XVERIFY.OPERATORS.MOD(STEP, A, B) for values (see xverify.internal.value); their shapes broadcast.
%   STEP.attributes: fmod (0: the sign of B, as Python has it; 1: the sign of A, as C has it). A remainder of a division
%   by 0 is NaN.
%
%   Example:
%     a = xverify.internal.value(single([-7; 7]), 1);
%     y = xverify.operators.Mod(struct(), a, xverify.internal.value(single(3), 0));   % y.data: 2 1

fmod = xverify.internal.operator_attribute(step, 'fmod', 0);
if isfloat(a.data)
  data = float_remainder(a.data, b.data);
  if ~fmod
    other = (data ~= 0) & ((data < 0) ~= (b.data < 0));
    moved = data + b.data;
    data(other) = moved(other);
  end
elseif fmod
  data = rem(a.data, b.data);
else
  data = mod(a.data, b.data);
end
y = xverify.internal.value(data, max(a.rank, b.rank));
end

function r = float_remainder(a, b)
% MATLAB's rem(x, 0) and its Inf are not C's.
r = rem(a, b);
everywhere = false(size(r));
same = isfinite(a) & isinf(b);
whole = a + zeros(size(r), class(a));
r(same) = whole(same);
r((b == 0) | isinf(a) | everywhere) = NaN;
end

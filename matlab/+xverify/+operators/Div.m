function y = Div(~, a, b)
%DIV ONNX operator Div: quotients; of integers, cut off towards 0.
%   Y = XVERIFY.OPERATORS.DIV(STEP, A, B) for values A and B (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value(single([1; 2]), 1);
%     b = xverify.internal.value(single(2), 0);
%     y = xverify.operators.Div(struct(), a, b);   % y.data: 0.5 1

if isinteger(a.data)
  quotient = (a.data - rem(a.data, b.data)) ./ b.data; % ./ rounds, and idivide(..., 'fix') of Octave 7 does so too
else
  quotient = a.data ./ b.data;
end
y = xverify.internal.value(quotient, max(a.rank, b.rank));
end

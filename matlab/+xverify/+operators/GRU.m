function [y, h] = GRU(step, varargin)
%GRU ONNX operator GRU: gated recurrent units over a sequence.
%   [Y, H] = XVERIFY.OPERATORS.GRU(STEP, X, W, R, B, LENGTHS, H0) for values (see xverify.internal.value): all states and
%   the last one; from B on, operands may be left out. Gates stand in the order z, r, h.
%   STEP.attributes: direction ('forward'), layout (0), linear_before_reset (0; PyTorch has 1), activations (Sigmoid,Tanh
%   for each direction).
%
%   Errors: xverify:GRU:direction, xverify:GRU:activations for what ONNX does not know or this function does not,
%   xverify:GRU:clip for this attribute.
%
%   Example:
%     n = @(numbers, rank) xverify.internal.value(single(numbers), rank);
%     y = xverify.operators.GRU(struct(), n(1, 3), n([1 1 1], 3), n([1 1 1], 3));   % y.data: 0.2048

after = xverify.internal.operator_attribute(step, 'linear_before_reset', 0);
[y, states] = xverify.internal.operator_recurrent('GRU', step, varargin, {'Sigmoid', 'Tanh'}, 1, ...
  @(input, state, p) advance(input, state, p, after));
h = states{1};
end

function state = advance(input, state, p, after)
h = state{1};
count = size(h, 1);
z = 1:count;
r = count + z;
n = 2 * count + z;
zr = p.activations{1}(input([z r], :) + p.recurrent([z r], :) * h + p.recurrent_bias([z r]));
reset = zr(r, :);
if after
  candidate = input(n, :) + reset .* (p.recurrent(n, :) * h + p.recurrent_bias(n));
else
  candidate = input(n, :) + p.recurrent(n, :) * (reset .* h) + p.recurrent_bias(n);
end
state = {(1 - zr(z, :)) .* p.activations{2}(candidate) + zr(z, :) .* h};
end

function [y, h, c] = LSTM(step, varargin)
%LSTM ONNX operator LSTM: long short-term memory over a sequence.
%   [Y, H, C] = XVERIFY.OPERATORS.LSTM(STEP, X, W, R, B, LENGTHS, H0, C0, P) for values (see xverify.internal.value): all
%   states, the last state and the last cell; from B on, operands may be left out. Gates stand in the order i, o, f, c.
%   STEP.attributes: direction ('forward'), layout (0), activations (Sigmoid,Tanh,Tanh for each direction).
%
%   Errors: xverify:LSTM:direction, xverify:LSTM:activations for what ONNX does not know or this function does not,
%   xverify:LSTM:clip, xverify:LSTM:input_forget for these attributes.
%
%   Example:
%     n = @(numbers, rank) xverify.internal.value(single(numbers), rank);
%     y = xverify.operators.LSTM(struct(), n(1, 3), n([1 1 1 1], 3), n([1 1 1 1], 3));   % y.data: 0.3696

if xverify.internal.operator_attribute(step, 'input_forget', 0)
  error('xverify:LSTM:input_forget', 'LSTM: coupled input and forget gates are not supported.');
end
[y, states] = xverify.internal.operator_recurrent('LSTM', step, varargin, {'Sigmoid', 'Tanh', 'Tanh'}, 2, @advance);
h = states{1};
c = states{2};
end

function state = advance(input, state, p)
count = size(state{1}, 1);
gates = input + p.recurrent * state{1} + p.recurrent_bias;
part = @(k) gates((k - 1) * count + (1:count), :);
peephole = p.peepholes;
i = p.activations{1}(part(1) + peephole(:, 1) .* state{2});
f = p.activations{1}(part(3) + peephole(:, 3) .* state{2});
cells = f .* state{2} + i .* p.activations{2}(part(4));
o = p.activations{1}(part(2) + peephole(:, 2) .* cells);
state = {o .* p.activations{3}(cells), cells};
end

function [y, h] = RNN(step, varargin)
%RNN ONNX operator RNN: a simple recurrent layer over a sequence.
%   [Y, H] = XVERIFY.OPERATORS.RNN(STEP, X, W, R, B, LENGTHS, H0) for values (see xverify.internal.value): all states and the
%   last one; from B on, operands may be left out.
%   STEP.attributes: direction ('forward'), layout (0), activations (Tanh for each direction).
%
%   Errors: xverify:RNN:direction, xverify:RNN:activations for what ONNX does not know or this function does not,
%   xverify:RNN:clip for this attribute.
%
%   Example:
%     n = @(number) xverify.internal.value(single(number), 3);
%     y = xverify.operators.RNN(struct(), n(1), n(1), n(1));   % y.data: 0.7616

[y, states] = xverify.internal.operator_recurrent('RNN', step, varargin, {'Tanh'}, 1, @advance);
h = states{1};
end

function state = advance(input, state, p)
state = {p.activations{1}(input + p.recurrent * state{1} + p.recurrent_bias)};
end

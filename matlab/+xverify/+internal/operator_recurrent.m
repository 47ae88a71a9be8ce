function [y, finals] = operator_recurrent(op, step, operands, activations, kinds, advance)
%OPERATOR_RECURRENT What LSTM, GRU and RNN share: directions, layouts, lengths, initial states.
%   [Y, FINALS] = XVERIFY.INTERNAL.OPERATOR_RECURRENT(OP, STEP, OPERANDS, ACTIVATIONS, KINDS, ADVANCE): OPERANDS is the cell
%   X, W, R, B, lengths, H0, C0, peepholes; ACTIVATIONS the default names for a direction; KINDS the number of states (2
%   with cells). STATE = ADVANCE(INPUT, STATE, P) takes one step: INPUT is gates x batch, with the input's bias; STATE a cell
%   of hidden x batch; P has recurrent, recurrent_bias, peepholes (hidden x 3) and activations (handles).
%   Y is the value of all states, FINALS a cell of the last ones.
%
%   Errors: xverify:OP:direction, xverify:OP:activations, xverify:OP:clip for what is not supported.
%
%   Example:
%     n = @(number) xverify.internal.value(single(number), 3);
%     sum_up = @(input, state, p) {input + p.recurrent * state{1}};
%     y = xverify.internal.operator_recurrent('RNN', struct(), {n(1), n(1), n(1)}, {'Tanh'}, 1, sum_up);   % y.data: 1
%
%   See also xverify.operators.LSTM, xverify.operators.GRU, xverify.operators.RNN

if ~isempty(xverify.internal.operator_attribute(step, 'clip', []))
  error(['xverify:' op ':clip'], '%s: clipped gates are not supported.', op);
end
directions = directions_of(op, step);
given = @(k) xverify.internal.operator_operand(operands, k);
batch_first = xverify.internal.operator_attribute(step, 'layout', 0);
x = operands{1}.data;
if batch_first
  x = permute(x, [1 3 2]);
end
[inputs, batch, steps] = size(x);
hidden = size(operands{3}.data, 1);
flat = reshape(x, inputs, batch * steps);
lengths = repmat(steps, 1, batch);
if ~isempty(given(5))
  lengths = double(operands{5}.data(:).');
end
y = zeros(hidden, batch, numel(directions), steps, class(x));
finals = repmat({zeros(hidden, batch, numel(directions), class(x))}, 1, kinds);
for d = 1:numel(directions)
  p = parameters_of(op, step, operands, d, numel(directions), activations);
  input = reshape(p.weights * flat + p.bias, [], batch, steps);
  state = initial(given, kinds, d, finals, batch_first);
  times = 1:steps;
  if strcmp(directions{d}, 'reverse')
    times = steps:-1:1;
  end
  for t = times
    running = t <= lengths; % sequences that have not ended, or in reverse: have begun
    made = advance(input(:, :, t), state, p);
    for k = 1:kinds
      state{k}(:, running) = made{k}(:, running);
    end
    y(:, running, d, t) = state{1}(:, running);
  end
  for k = 1:kinds
    finals{k}(:, :, d) = state{k};
  end
end
if batch_first
  y = permute(y, [1 3 4 2]);
  finals = cellfun(@(f) permute(f, [1 3 2]), finals, 'UniformOutput', false);
end
y = xverify.internal.value(y, 4);
finals = cellfun(@(f) xverify.internal.value(f, 3), finals, 'UniformOutput', false);
end

function directions = directions_of(op, step)
direction = xverify.internal.operator_attribute(step, 'direction', 'forward');
switch direction
  case {'forward', 'reverse'}
    directions = {direction};
  case 'bidirectional'
    directions = {'forward', 'reverse'};
  otherwise
    error(['xverify:' op ':direction'], '%s: direction is %s, not forward, reverse or bidirectional.', op, direction);
end
end

function p = parameters_of(op, step, operands, d, count, activations)
p.weights = operands{2}.data(:, :, d).';
p.recurrent = operands{3}.data(:, :, d).';
gates = size(p.weights, 1);
both = zeros(2 * gates, 1, class(p.weights));
bias = xverify.internal.operator_operand(operands, 4);
if ~isempty(bias)
  both = bias.data(:, d);
end
p.bias = both(1:gates);
p.recurrent_bias = both(gates + 1:end);
p.peepholes = zeros(size(p.recurrent, 2), 3, class(p.weights));
peepholes = xverify.internal.operator_operand(operands, 8);
if ~isempty(peepholes)
  p.peepholes = reshape(peepholes.data(:, d), [], 3);
end
names = repmat(activations, 1, count);
given = xverify.internal.operator_attribute(step, 'activations', '');
if ~isempty(given)
  names = strsplit(given, ',');
end
own = names((d - 1) * numel(activations) + (1:numel(activations)));
p.activations = cellfun(@(name) activation(op, name), own, 'UniformOutput', false);
end

function f = activation(op, name)
switch lower(name)
  case 'sigmoid'
    f = @(x) 1 ./ (1 + exp(-x));
  case 'tanh'
    f = @tanh;
  case 'relu'
    f = @(x) max(x, 0);
  otherwise
    error(['xverify:' op ':activations'], '%s: activation %s is not supported; Sigmoid, Tanh and Relu are.', op, name);
end
end

function state = initial(given, kinds, d, finals, batch_first)
state = cell(1, kinds);
for k = 1:kinds
  operand = given(5 + k);
  if isempty(operand)
    state{k} = finals{k}(:, :, d);
  elseif batch_first
    state{k} = permute(operand.data(:, d, :), [1 3 2]);
  else
    state{k} = operand.data(:, :, d);
  end
end
end

function results = layer_lstm(name, layer, X, given)
%LAYER_LSTM Long short-term memory in one or both directions.
%   RESULTS = XVERIFY.INTERNAL.LAYER_LSTM(NAME, LAYER, X, GIVEN) is what lstmLayer and bilstmLayer have in common. GIVEN
%   is {} or the initial states {H0, C0}.
%
%   Errors: xverify:NAME:states if there is one state alone, or one has another size.
%
%   See also xverify.internal.layer_sequence, xverify.layers.lstmLayer

if isempty(given)
  given = {[], []};
elseif numel(given) ~= 2
  error(['xverify:' name ':states'], '%d initial states: an LSTM takes two, or none for zeros.', numel(given));
end
results = xverify.internal.layer_sequence(name, layer, X, given, xverify.internal.layer_cells(layer, 4), @walk);
end

function [H, states] = walk(c, X, states, times)
%Gates: input, forget, candidate, output.
[h, memory] = deal(states{:});
n = size(h, 1);
H = zeros([n size(h, 2) size(X, 3)], class(X));
driven = c.W * reshape(X, size(X, 1), []);
if ~isempty(c.b)
  driven = driven + c.b;
end
driven = reshape(driven, 4 * n, size(h, 2), size(X, 3));
for t = times
  z = driven(:, :, t) + c.R * h;
  gate = 1 ./ (1 + exp(-z));
  memory = gate(n + 1:2 * n, :) .* memory + gate(1:n, :) .* tanh(z(2 * n + 1:3 * n, :));
  h = gate(3 * n + 1:end, :) .* tanh(memory);
  H(:, :, t) = h;
end
states = {h, memory};
end

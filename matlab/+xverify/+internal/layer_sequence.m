function results = layer_sequence(name, layer, X, states, cells, walk)
%LAYER_SEQUENCE Runs stacked recurrent cells over a sequence: what LSTM and GRU have in common.
%   RESULTS = XVERIFY.INTERNAL.LAYER_SEQUENCE(NAME, LAYER, X, STATES, CELLS, WALK)
%
%   Inputs:
%     NAME    the layer function, for the error's identifier
%     LAYER   step of a bundle: attributes batch_first (default 0) and elements; rank, PyTorch's of X
%     X       PyTorch's axes reversed: features x observations x time; with batch_first features x time x observations;
%             without observations features x time
%     STATES  1 x K cell of the initial states, each hidden x observations x cells (hidden x cells without
%             observations); [] stands for zeros
%     CELLS   struct array of LAYER_CELLS
%     WALK    function [H, STATES] = WALK(C, X, STATES, TIMES) that runs the cell C over X (features x observations x
%             time) in the order TIMES; STATES are hidden x observations, H is hidden x observations x time
%   Output:
%     RESULTS  1 x n cell: of the last layer's outputs (the directions one above the other) and the last states those
%              that the attribute elements names, from 0; all without it. Axes as X and STATES have them
%
%   Errors: xverify:NAME:states if an initial state has another size.
%
%   See also xverify.internal.layer_cells, xverify.layers.lstmLayer

swapped = layer.rank == 3 && xverify.internal.layer_option(layer, 'batch_first', 0);
if layer.rank == 2
  X = reshape(X, size(X, 1), 1, size(X, 2));
elseif swapped
  X = permute(X, [1 3 2]);
end
states = initial_states(name, states, [size(cells(1).R, 2), size(X, 2), numel(cells)], class(X));
for k = 1:size(cells, 2)
  [X, states] = run_layer(X, states, cells(:, k), (k - 1) * size(cells, 1), walk);
end
if layer.rank == 2
  X = reshape(X, size(X, 1), size(X, 3));
  states = cellfun(@(state) reshape(state, size(state, 1), size(state, 3)), states, 'UniformOutput', false);
elseif swapped
  X = permute(X, [1 3 2]);
end
results = [{X}, states];
results = results(xverify.internal.layer_option(layer, 'elements', 0:numel(states)) + 1);
end

function states = initial_states(name, states, shape, class_name)
for k = 1:numel(states)
  if isempty(states{k})
    states{k} = zeros(shape, class_name);
  elseif numel(states{k}) ~= prod(shape) || size(states{k}, 1) ~= shape(1)
    error(['xverify:' name ':states'], 'Initial state %d is %s, not %s.', k, mat2str(size(states{k})), mat2str(shape));
  end
  states{k} = reshape(states{k}, shape);
end
end

function [Y, states] = run_layer(X, states, cells, offset, walk)
%One layer, both directions; PyTorch numbers states layer by layer, forward before backward.
directions = numel(cells);
Y = cell(directions, 1);
for direction = 1:directions
  times = 1:size(X, 3);
  if direction == 2
    times = fliplr(times);
  end
  at = offset + direction;
  own = cellfun(@(state) state(:, :, at), states, 'UniformOutput', false);
  [Y{direction}, own] = walk(cells(direction), X, own, times);
  for k = 1:numel(states)
    states{k}(:, :, at) = own{k};
  end
end
Y = cat(1, Y{:});
end

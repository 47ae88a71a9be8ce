function result = program(bundle)
%PROGRAM The steps of a bundle, ready to be executed: names resolved to numbers, operations to functions.
%   RESULT = XVERIFY.INTERNAL.PROGRAM(BUNDLE) has
%     steps    cell of structs: run (function handle), order (see xverify.internal.order_of), inputs and outputs (slots),
%              operands (cell: a constant value, or the position among inputs), step (what the function gets), label
%     slots    struct: name of an input or layer -> slot
%     count    number of slots
%     last     for each slot the number of the last step that reads it
%
%   Errors: xverify:run:unsupported lists every operation that has no function, before anything is computed.

graph = bundle.graph;
root = fileparts(fileparts(mfilename('fullpath')));
require_functions(graph, root);
[numbers, names] = number_names(graph, bundle);
constants = constants_of(bundle.parameters);
steps = cell(1, numel(graph));
for k = 1:numel(graph)
  steps{k} = resolve(graph{k}, numbers{k}, bundle.parameters, constants);
end
result = struct('count', numel(names), 'last', last_readers(steps, numel(names)));
result.steps = steps; % in struct() a cell would make a struct array
result.slots = struct();
for k = 1:numel(names)
  if isvarname(names{k})
    result.slots.(names{k}) = k;
  end
end
end

function require_functions(graph, root)
missing = {};
for k = 1:numel(graph)
  op = graph{k}.op;
  if strcmp(op, 'Constant') || exist(fullfile(root, ['+' folder_of(op)], [op '.m']), 'file') == 2
    continue
  end
  where = graph{k}.layer;
  if isempty(where)
    where = 'an inner step';
  end
  missing{end + 1} = sprintf('%s (%s)', op, where); %#ok<AGROW>
end
if ~isempty(missing)
  error('xverify:run:unsupported', 'These operations have no MATLAB function here: %s. Compare this network with onnxruntime instead.', ...
    strjoin(unique(missing), ', '));
end
end

function folder = folder_of(op)
if strcmp(xverify.internal.order_of(op), 'operator')
  folder = 'operators';
else
  folder = 'layers';
end
end

function [numbers, names] = number_names(graph, bundle)
%   One call of unique for all names: a table of names grows quadratically in Octave.
all_names = {};
parts = zeros(numel(graph), 2);
lists = cell(1, numel(graph));
for k = 1:numel(graph)
  parts(k, :) = [numel(graph{k}.inputs), numel(graph{k}.outputs)];
  lists{k} = [graph{k}.inputs(:); graph{k}.outputs(:)];
end
inputs = cellfun(@(item) item.id, bundle.inputs(:), 'UniformOutput', false);
if ~isempty(lists)
  all_names = vertcat(lists{:});
end
[names, ~, index] = unique([all_names; inputs]);
numbers = cell(1, numel(graph));
at = 0;
for k = 1:numel(graph)
  read = index(at + (1:parts(k, 1)));
  made = index(at + parts(k, 1) + (1:parts(k, 2)));
  numbers{k} = struct('inputs', read(:)', 'outputs', made(:)');
  at = at + sum(parts(k, :));
end
end

function resolved = resolve(step, numbers, parameters, constants)
order = xverify.internal.order_of(step.op);
attributes = step.attributes;
if ~isstruct(attributes)
  attributes = struct();
end
given = struct();
keys = step.parameters;
operands = {};
if strcmp(order, 'operator')
  operands = operands_of(step, constants);
elseif isstruct(keys)
  for name = fieldnames(keys)'
    given.(name{1}) = parameters.(keys.(name{1})).value;
  end
end
label = step.op;
if ~isempty(step.layer)
  label = sprintf('%s (%s)', step.layer, step.op);
end
resolved = struct('order', order, 'inputs', numbers.inputs, 'outputs', numbers.outputs, 'label', label);
resolved.operands = operands;
resolved.step = struct('op', step.op, 'attributes', attributes, 'parameters', given, 'rank', 0);
switch order
  case 'operator'
    resolved.run = str2func(['xverify.operators.' step.op]);
  otherwise
    resolved.run = str2func(['xverify.layers.' step.op]);
end
if strcmp(step.op, 'Constant')
  resolved.order = 'constant';
  resolved.operands = {constants.(keys.value)};
end
end

function operands = operands_of(step, constants)
%   In the operator's own order: a number is the position among the step's inputs, a struct a constant, [] one left out.
order = step.input_order;
operands = cell(1, numel(order));
position = 0;
for k = 1:numel(order)
  if strcmp(order{k}, 'value')
    position = position + 1;
    operands{k} = position;
  elseif ~isempty(order{k})
    operands{k} = constants.(step.parameters.(order{k}));
  end
end
end

function constants = constants_of(parameters)
%   Constants of ONNX operators: weights.mat holds them in ONNX's axis order, the engine wants the axes reversed.
constants = struct();
for name = fieldnames(parameters)'
  if strncmp(name{1}, 'constant_', 9)
    item = parameters.(name{1});
    rank = numel(item.shape);
    data = item.value;
    if rank > 1
      data = permute(reshape(data, item.shape), rank:-1:1);
    else
      data = data(:);
    end
    constants.(name{1}) = xverify.internal.value(data, rank);
  end
end
end

function last = last_readers(steps, count)
last = zeros(1, count);
for k = 1:numel(steps)
  last(steps{k}.inputs) = k;
end
end

function values = execute(program, bundle, inputs, references, wanted)
%EXECUTE Runs the steps of a bundle, one after the other.
%   VALUES = XVERIFY.INTERNAL.EXECUTE(PROGRAM, BUNDLE, INPUTS) gives every layer's value: a struct with one field a layer,
%   in the axis order in which reference.mat stores it. PROGRAM comes from xverify.internal.program, INPUTS is a cell of
%   arrays in the stored order, one for each of BUNDLE.inputs.
%
%   VALUES = XVERIFY.INTERNAL.EXECUTE(..., REFERENCES) runs each layer alone: as soon as a layer is computed and kept, its
%   value is replaced by REFERENCES.(id), so that the next layers read PyTorch's values. REFERENCES is a struct like VALUES.
%
%   VALUES = XVERIFY.INTERNAL.EXECUTE(..., REFERENCES, WANTED) keeps the values of the layers WANTED, a cell of ids, only: those of a
%   whole batch would not fit into memory. REFERENCES is [] here.
%
%   Errors: what the step raises, with the step's name before its message; xverify:run:size, xverify:run:rank if a layer's
%   value has not the size that PyTorch recorded.

if nargin < 4
  references = [];
end
data = cell(1, program.count);
ranks = zeros(1, program.count);
isImage = false(1, program.count); % H x W x ..., not W x H x ...
for k = 1:numel(inputs)
  slot = program.slots.(bundle.inputs{k}.id);
  [data{slot}, isImage(slot)] = from_stored(inputs{k}, bundle.inputs{k}.permutation);
  ranks(slot) = numel(bundle.inputs{k}.shape);
end
layers = layers_by_slot(program, bundle);
values = struct();
for k = 1:numel(program.steps)
  item = program.steps{k};
  [made, madeRanks, madeImages] = run_step(item, data(item.inputs), ranks(item.inputs), isImage(item.inputs));
  for j = 1:numel(item.outputs)
    slot = item.outputs(j);
    layer = layers{slot};
    data{slot} = made{j};
    if isempty(layer)
      ranks(slot) = madeRanks(j);
      continue
    end
    ranks(slot) = numel(layer.shape);
    isImage(slot) = madeImages && ranks(slot) > 2; % a flattened image is none; one without a batch is
    if ~isnan(madeRanks(j)) && madeRanks(j) ~= ranks(slot)
      error('xverify:run:rank', '%s: its value has rank %d, PyTorch''s has %d.', item.label, madeRanks(j), ranks(slot));
    end
    value = as_stored(data{slot}, isImage(slot), layer.permutation);
    require_size(value, layer, item.label);
    if nargin < 5 || any(strcmp(layer.id, wanted))
      values.(layer.id) = value;
    end
    if isstruct(references) && isfield(references, layer.id)
      [data{slot}, isImage(slot)] = from_stored(references.(layer.id), layer.permutation);
    end
  end
  done = item.inputs(program.last(item.inputs) <= k);
  data(done) = {[]}; % a value that nobody reads any more need not be kept
end
end

function require_size(value, layer, label)
%   Here, where the name of the faulty layer is known: the next one would only complain about its input.
expected = layer.shape(layer.permutation);
sizes = size(value);
sizes(end + 1:numel(expected)) = 1;
expected(end + 1:numel(sizes)) = 1;
if ~isequal(sizes, expected)
  error('xverify:run:size', '%s: its value is %s, PyTorch''s is %s (%s).', label, mat2str(sizes), mat2str(expected), layer.dims);
end
end

function layers = layers_by_slot(program, bundle)
layers = cell(1, program.count);
for k = 1:numel(bundle.layers)
  layer = bundle.layers{k};
  if isfield(program.slots, layer.id)
    layers{program.slots.(layer.id)} = layer;
  end
end
end

function [made, ranks, asImage] = run_step(item, data, ranks, images)
made = cell(1, numel(item.outputs));
asImage = false;
try
  switch item.order
    case 'constant'
      made = {item.operands{1}.data};
      ranks = item.operands{1}.rank;
    case 'operator'
      operands = item.operands;
      for j = 1:numel(operands)
        if isnumeric(operands{j}) && ~isempty(operands{j})
          position = operands{j};
          operands{j} = xverify.internal.value(swapped(data{position}, images(position)), ranks(position));
        end
      end
      [made{:}] = item.run(item.step, operands{:});
      ranks = cellfun(@(v) v.rank, made);
      made = cellfun(@(v) v.data, made, 'UniformOutput', false);
    otherwise
      asImage = strcmp(item.order, 'image') || (strcmp(item.order, 'any') && any(images));
      for j = 1:numel(data)
        data{j} = swapped(data{j}, images(j) ~= asImage);
      end
      step = item.step;
      step.rank = ranks(1);
      [made{:}] = item.run(step, data{:});
      ranks = nan(1, numel(made)); % a layer's rank is known from its shape
  end
catch e
  identifier = e.identifier;
  if isempty(identifier)
    identifier = 'xverify:run:failed';
  end
  error(identifier, '%s: %s', item.label, e.message);
end
end

function x = swapped(x, exchange)
%   Between H x W x ... and W x H x ...
if exchange
  x = permute(x, [2, 1, 3:max(ndims(x), 3)]);
end
end

function [x, isImage] = from_stored(x, permutation)
%   From the stored order to the reversed one; an image whose height and width alone are exchanged stays as it is.
rank = numel(permutation);
[~, back] = sort(permutation);
order = back(rank:-1:1);
isImage = is_exchange(order);
if ~isImage
  x = reordered(x, order);
end
end

function x = as_stored(x, isImage, permutation)
rank = numel(permutation);
order = rank + 1 - permutation;
if isImage && is_exchange(order)
  return
end
x = reordered(swapped(x, isImage), order);
end

function answer = is_exchange(order)
answer = numel(order) >= 4 && isequal(order, [2, 1, 3:numel(order)]);
end

function x = reordered(x, order)
if numel(order) > 1 && ~isequal(order, 1:numel(order))
  x = permute(x, order);
end
end

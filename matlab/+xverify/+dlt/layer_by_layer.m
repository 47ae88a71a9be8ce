function [alone, why] = layer_by_layer(net, bundle, values)
%LAYER_BY_LAYER Runs each layer of a network alone, on PyTorch's own inputs.
%   [ALONE, WHY] = XVERIFY.DLT.LAYER_BY_LAYER(NET, BUNDLE, VALUES) makes a network of each layer that holds a value of PyTorch's,
%   dlnetwork(layerGraph(layer), X1, ..., XN), where X1, ..., XN are PyTorch's values of what the layer reads in NET, and runs it.
%   A value has none where several MATLAB layers make it, where one makes it together with what it reads in PyTorch, where the axes of
%   an input are not known, and where the toolbox refuses a network of that layer alone.
%
%   Inputs:  NET     dlnetwork
%            BUNDLE  of xverify.internal.load_bundle
%            VALUES  N x 4 cell: id in the bundle, layer of NET, meaning of PyTorch's axes, size that a flattenLayer joined
%   Outputs: ALONE   struct: id -> value as reference.mat stores it
%            WHY     struct: id -> why the layer has no value of its own
%
%   Needs Deep Learning Toolbox. Not yet run in MATLAB: a network from layers without an input layer and example inputs follows the
%   documentation of dlnetwork.
%
%   Example:
%     [net, values] = xverify.dlt.build('cifar10-net');
%     bundle = xverify.internal.load_bundle('cifar10-net');
%     [alone, why] = xverify.dlt.layer_by_layer(net, bundle, values);
%
%   See also xverify.dlt.verify

alone = struct();
why = struct();
items = [bundle.inputs(:); bundle.layers(:)];
byId = struct();
for k = 1:numel(items)
  byId.(items{k}.id) = items{k};
end
references = xverify.internal.reference(bundle, items);
reads = read_values(bundle, byId);
isLayer = cellfun(@(id) any(cellfun(@(layer) strcmp(layer.id, id), bundle.layers(:))), values(:, 1));
for row = find(isLayer(:)')
  id = values{row, 1};
  if isempty(byId.(id).alias_of)
    [given, reason] = read_by(net, values, row, reads);
  else
    reason = sprintf('it is the value of %s', byId.(id).alias_of);
  end
  if isempty(reason)
    [alone, reason] = run_alone(alone, net, values, row, given, byId, references);
  end
  if ~isempty(reason)
    why.(id) = reason;
  end
end
end

function reads = read_values(bundle, byId)
%   Which values PyTorch's layers read: id -> ids. A step of weights.mat without a layer belongs to the layer that reads it.
reads = struct();
inner = struct();
for step = bundle.graph(:)'
  names = {};
  for name = step{1}.inputs(:)'
    if isfield(inner, name{1}) && ~isfield(byId, name{1})
      names = [names, inner.(name{1})]; %#ok<AGROW>
    else
      names = [names, name]; %#ok<AGROW>
    end
  end
  for name = step{1}.outputs(:)'
    inner.(name{1}) = unique(names);
    if isfield(byId, name{1})
      reads.(name{1}) = unique(names);
    end
  end
end
end

function [given, reason] = read_by(net, values, row, reads)
%   Rows of VALUES that a layer reads in NET, in the order of its inputs.
given = [];
id = values{row, 1};
layer = layer_of(net, values{row, 2});
if isempty(layer)
  reason = 'MATLAB''s network has no layer of this name with one output';
  return
end
sources = sources_of(net, layer);
reason = '';
ids = {};
for source = sources
  at = find(strcmp(values(:, 2), source{1}));
  if isempty(at)
    reason = sprintf('%s reads %s, whose value PyTorch did not record: several layers make it', layer.Name, source{1});
    return
  end
  if isfield(reads, id)
    fitting = at(ismember(values(at, 1), reads.(id)));
    at = [fitting(:); at(:)];
  end
  given(end + 1) = at(1); %#ok<AGROW>
  ids{end + 1} = values{at(1), 1}; %#ok<AGROW>
end
if ~isfield(reads, id) || ~isequal(unique(ids), reads.(id)(:)')
  reason = sprintf('%s computes it from %s: in PyTorch there are layers between', layer.Name, strjoin(ids, ', '));
end
end

function [alone, reason] = run_alone(alone, net, values, row, given, byId, references)
id = values{row, 1};
if isempty(values{row, 3}) || any(cellfun(@(labels) isempty(labels) || any(labels == 'U'), values(given, 3)))
  reason = 'what the axes of its value or of its inputs mean is not known';
  return
end
layer = layer_of(net, values{row, 2});
try
  X = cell(1, numel(given));
  for k = 1:numel(given)
    source = values{given(k), 1};
    X{k} = xverify.dlt.to_format(references.(source), values{given(k), 3}, values{given(k), 4}, byId.(source));
  end
  single_layer = dlnetwork(layerGraph(layer), X{:});
  names = cellstr(single_layer.InputNames);
  if numel(X) > 1 && ~isequal(names(:)', strcat(layer.Name, '/', cellstr(layer.InputNames(:)')))
    reason = sprintf('a network of this layer alone has the inputs %s', strjoin(names(:)', ', '));
    return
  end
  [value, known] = xverify.dlt.from_format(predict(single_layer, X{:}), values{row, 3}, values{row, 4}, byId.(id));
catch e
  reason = sprintf('the toolbox refuses a network of this layer alone: %s', e.message);
  return
end
if ~known
  reason = 'what the axes of its value mean is not known';
  return
end
alone.(id) = value;
reason = '';
end

function layer = layer_of(net, name)
layer = [];
at = find(strcmp({net.Layers.Name}, name), 1);
if ~isempty(at) && net.Layers(at).NumOutputs == 1
  layer = net.Layers(at);
end
end

function sources = sources_of(net, layer)
%   Names of the layers that a layer reads, in the order of its inputs; NET.Connections has 'add/in2' for the second one of several.
ends = cellstr(net.Connections.Destination);
starts = cellstr(net.Connections.Source);
names = cellstr(layer.InputNames);
sources = {};
for name = names(:)'
  at = find(strcmp(ends, [layer.Name '/' name{1}]), 1);
  if isempty(at) && numel(names) == 1
    at = find(strcmp(ends, layer.Name), 1);
  end
  sources = [sources, starts(at)']; %#ok<AGROW>
end
end

function result = verify(bundleDir, varargin)
%VERIFY Runs a bundle's network in Deep Learning Toolbox and compares every layer with PyTorch.
%   XVERIFY.DLT.VERIFY(BUNDLEDIR) imports model.onnx, runs it on the inputs of the export, prints the table of xverify.verify, and
%   writes activations.mat into the bundle's folder. A layer is found by its name; one that MATLAB's network does not have, or whose
%   axes are not known, is not compared.
%   XVERIFY.DLT.VERIFY(BUNDLEDIR, 'How', 'build') takes the network that the bundle's build_NAME.m builds.
%   XVERIFY.DLT.VERIFY(BUNDLEDIR, 'Output', FILE) writes another file, '' none. 'Print', false prints nothing.
%
%   Input:   BUNDLEDIR  the folder that `xverify export` wrote
%   Output:  RESULT     struct, as of xverify.verify; without local errors, because the network runs as a whole
%   Errors:  xverify:verify:option, xverify:verify:inputs, and those of xverify.dlt.import and xverify.dlt.build
%
%   All layers are asked for at once, with predict(net, X, 'Outputs', names): it exists in all releases and keeps the formats,
%   which minibatchpredict (R2024a) does not. Not yet run in MATLAB.
%
%   Example:
%     result = xverify.dlt.verify('cifar10-net', 'How', 'build');
%
%   See also xverify.verify, xverify.dlt.import, xverify.dlt.build

bundleDir = char(bundleDir);
defaults = struct('How', 'import', 'Output', fullfile(bundleDir, 'activations.mat'), 'Print', true);
options = xverify.internal.options('verify', varargin, defaults);
bundle = xverify.internal.load_bundle(bundleDir);
[net, values, function_name] = made(bundle, options.How);
[ids, arrays] = run(net, bundle, values);
producer = sprintf('%s, %s', xverify.internal.producer(), function_name);
result = xverify.internal.judge(bundle, ids, arrays);
result.file = options.Output;
if options.Print
  xverify.internal.print_table(result, sprintf('%s in %s', bundle.model.name, producer));
end
if ~isempty(options.Output) % after the verdict: it must not be lost where a file cannot be written
  xverify.internal.write_activations(options.Output, bundle, ids, arrays, producer);
end
end

function [net, values, function_name] = made(bundle, how)
switch how
  case 'build'
    [net, values] = xverify.dlt.build(bundle.folder);
    function_name = 'built layer by layer';
  case 'import'
    net = xverify.dlt.import(bundle.folder);
    values = values_by_name(bundle);
    function_name = 'imported from ONNX';
  otherwise
    error('xverify:verify:option', 'How is ''import'' or ''build'', not ''%s''.', how);
end
end

function values = values_by_name(bundle)
%   In an imported network a layer has the name that it has in the bundle. Where the bundle does not know what axes mean, the
%   script that builds the network may: it followed them through the network.
labels = xverify.dlt.axis_labels(bundle);
items = [bundle.inputs(:); bundle.layers(:)];
values = cell(numel(items), 4);
try
  [~, built] = xverify.dlt.build(bundle.folder);
catch
  built = cell(0, 4);
end
for k = 1:numel(items)
  id = items{k}.id;
  values(k, :) = {id, id, labels.(id), []};
  row = find(strcmp(built(:, 1), id), 1);
  if isempty(labels.(id)) && ~isempty(row)
    values{k, 3} = built{row, 3};
  end
end
end

function [ids, arrays] = run(net, bundle, values)
names = {net.Layers.Name};
single_output = arrayfun(@(layer) layer.NumOutputs == 1, net.Layers);
names = names(single_output(:)');
layers = struct();
for k = 1:numel(bundle.layers)
  layers.(bundle.layers{k}.id) = bundle.layers{k};
end
wanted = isfield(layers, values(:, 1)) & ismember(values(:, 2), names) & ~cellfun(@isempty, values(:, 3));
values_wanted = values(wanted, :);
[outputs, ~, place] = unique(values_wanted(:, 2));
found = cell(1, numel(outputs));
data = input_data(net, bundle, values);
if ~isempty(outputs)
  [found{:}] = predict(net, data{:}, 'Outputs', outputs(:)');
end
ids = values_wanted(:, 1)';
arrays = cell(1, numel(ids));
kept = false(1, numel(ids));
for k = 1:numel(ids)
  [arrays{k}, kept(k)] = as_stored(found{place(k)}, values_wanted{k, 3}, values_wanted{k, 4}, layers.(ids{k}));
end
ids = ids(kept);
arrays = arrays(kept);
end

function data = input_data(net, bundle, values)
stored = xverify.internal.reference_inputs(bundle);
order = xverify.dlt.input_order(net, bundle);
data = cell(1, numel(order));
for k = 1:numel(order)
  item = bundle.inputs{order(k)};
  labels = values{strcmp(values(:, 1), item.id), 3};
  if isempty(labels) || any(labels == 'U')
    error('xverify:verify:inputs', 'What the axes of the input %s mean is not known: it cannot be given to the network.', item.id);
  end
  x = stored{order(k)};
  [~, back] = sort(item.permutation);
  [~, axes_] = places(labels, labels);
  x = permute(permute(x, back), axes_); % PyTorch's axes, then MATLAB's
  data{k} = dlarray(single(x), labels(axes_));
end
end

function [x, known] = as_stored(y, labels, flattened, layer)
%   MATLAB's value of a layer in the order in which reference.mat has PyTorch's. Axes follow their labels; a dimension of size 1 may
%   be missing on either side.
format = dims(y);
x = gather(extractdata(y));
[from, ~] = places(labels, format);
rest = setdiff(1:numel(format), from);
sizes = size(x);
sizes(end + 1:numel(format)) = 1;
known = ~any(format == 'U') && all(sizes(rest) == 1);
if ~known
  return
end
missing = from == 0;
from(missing) = numel(format) + (1:sum(missing)); % dimensions beyond the last have size 1
x = permute(x, [from, rest, max([from, rest, 0]) + (1:max(0, 2 - numel([from, rest])))]);
if numel(x) ~= prod(layer.shape)
  return % another size: the comparison says so
end
x = reshape(x, [layer.shape, 1, 1]);
if ~isempty(flattened)
  elements = reshape(1:prod(flattened), flattened);
  elements = permute(elements, [2, 1, 3:numel(flattened)]); % PyTorch flattens with width fastest
  x = x(:, elements(:));
end
rank = numel(layer.shape);
if rank > 1
  x = permute(x, layer.permutation);
else
  x = x(:);
end
end

function [from, order] = places(labels, format)
%   FROM: for each of PyTorch's axes the dimension of a MATLAB array with this format, 0 if it has none. ORDER: PyTorch's axes in
%   MATLAB's order. The spatial axes of a volume are depth, height, width in PyTorch, and height, width, depth in MATLAB.
space = find(labels == 'S');
if numel(space) == 3
  space = space([2, 3, 1]);
end
order = [space, find(labels == 'C'), find(labels == 'B'), find(labels == 'T')];
from = zeros(1, numel(labels));
spatial = find(format == 'S');
for k = 1:min(numel(space), numel(spatial))
  from(space(k)) = spatial(k);
end
for label = 'CBT'
  at = find(format == label, 1);
  if ~isempty(at) && any(labels == label)
    from(labels == label) = at;
  end
end
end

function result = verify(bundleDir, varargin)
%VERIFY Runs a bundle's network in Deep Learning Toolbox and compares every layer with PyTorch.
%   XVERIFY.DLT.VERIFY(BUNDLEDIR) imports model.onnx, runs it on the inputs of the export, and each layer alone on PyTorch's own inputs,
%   prints the table of xverify.verify, and writes activations.mat into the bundle's folder. A layer is found by its name; one that
%   MATLAB's network does not have, or whose axes are not known, is not compared. A layer that cannot run alone
%   (xverify.dlt.layer_by_layer) is judged by its error in the whole run; below the table stands why.
%   XVERIFY.DLT.VERIFY(BUNDLEDIR, 'How', 'build') takes the network that the bundle's build_NAME.m builds.
%   XVERIFY.DLT.VERIFY(BUNDLEDIR, 'Output', FILE) writes another file, '' none. 'Print', false prints nothing.
%   XVERIFY.DLT.VERIFY(BUNDLEDIR, 'Local', false) runs the network as a whole only.
%
%   Input:   BUNDLEDIR  the folder that `xverify export` wrote
%   Output:  RESULT     struct, as of xverify.verify, and withoutLocal, a struct: id -> why the layer has no error of its own
%   Errors:  xverify:verify:option, xverify:verify:inputs, and those of xverify.dlt.import and xverify.dlt.build
%
%   All layers are asked for at once, with predict(net, X, 'Outputs', names): it exists in all releases and keeps the formats,
%   which minibatchpredict (R2024a) does not. Not yet run in MATLAB.
%
%   Example:
%     result = xverify.dlt.verify('cifar10-net', 'How', 'build');
%
%   See also xverify.verify, xverify.dlt.layer_by_layer, xverify.dlt.import, xverify.dlt.build

bundleDir = char(bundleDir);
defaults = struct('How', 'import', 'Output', fullfile(bundleDir, 'activations.mat'), 'Print', true, 'Local', true);
options = xverify.internal.options('verify', varargin, defaults);
bundle = xverify.internal.load_bundle(bundleDir);
[net, values, function_name] = made(bundle, options.How);
[ids, arrays] = run(net, bundle, values);
producer = sprintf('%s, %s', xverify.internal.producer(), function_name);
alone = struct();
why = struct();
if options.Local
  [alone, why] = xverify.dlt.layer_by_layer(net, bundle, values);
end
if isempty(fieldnames(alone))
  alone = []; % as where nothing was asked for: the whole run is judged
end
result = xverify.internal.judge(bundle, ids, arrays, alone, why);
result.file = options.Output;
result.withoutLocal = why;
if options.Print
  xverify.internal.print_table(result, sprintf('%s in %s', bundle.model.name, producer));
  for id = fieldnames(why)'
    fprintf('No local error: %s: %s\n', id{1}, why.(id{1}));
  end
end
if ~isempty(options.Output) % after the verdict: it must not be lost where a file cannot be written
  xverify.internal.write_activations(options.Output, bundle, ids, arrays, producer, alone, why);
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
  [arrays{k}, kept(k)] = xverify.dlt.from_format(found{place(k)}, values_wanted{k, 3}, values_wanted{k, 4}, layers.(ids{k}));
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
  data{k} = xverify.dlt.to_format(stored{order(k)}, labels, [], item);
end
end

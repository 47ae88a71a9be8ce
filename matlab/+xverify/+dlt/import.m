function [net, classes] = import(bundleDir, varargin)
%IMPORT Imports a bundle's model.onnx as a dlnetwork.
%   NET = XVERIFY.DLT.IMPORT(BUNDLEDIR) calls importNetworkFromONNX with the formats that the network's inputs and outputs need;
%   before R2023b importONNXNetwork. deepNetworkDesigner(net), or xverify.dlt.open(net), shows it.
%   [NET, CLASSES] = XVERIFY.DLT.IMPORT(...) also returns the names of the classes, a cell, empty where the export had none.
%
%   XVERIFY.DLT.IMPORT(BUNDLEDIR, 'WithSoftmax', true) puts a softmaxLayer, 'xverify_softmax', behind the output.
%   XVERIFY.DLT.IMPORT(BUNDLEDIR, 'Namespace', NAME): where the importer has no layer it writes a class into the folder +NAME of the
%   current folder; without the option NAME is onnx_ and the network's name.
%
%   Input:   BUNDLEDIR  the folder that `xverify export` wrote
%   Outputs: NET        dlnetwork
%            CLASSES    1 x K cell of names
%   Errors:  xverify:import:toolbox, xverify:import:release, xverify:import:failed, xverify:import:inputs,
%            xverify:import:softmax, xverify:import:option, and those of loading a bundle
%
%   Needs Deep Learning Toolbox and its Converter for ONNX Model Format. Not yet run in MATLAB: R2023b and newer follow public code
%   that calls the importer, R2021b to R2023a follow what is recalled of importONNXNetwork's documentation.
%
%   Example:
%     [net, classes] = xverify.dlt.import('cifar10-net');
%
%   See also xverify.dlt.build, xverify.dlt.open, xverify.dlt.verify

options = xverify.internal.options('import', varargin, struct('WithSoftmax', false, 'Namespace', ''));
bundle = xverify.internal.load_bundle(char(bundleDir));
if isempty(which('isMATLABReleaseOlderThan')) || isempty(which('dlnetwork'))
  error('xverify:import:toolbox', 'Deep Learning Toolbox (MATLAB R2021b or newer) is not installed. xverify.verify needs no toolbox.');
end
if isempty(options.Namespace)
  options.Namespace = ['onnx_' matlab.lang.makeValidName(bundle.model.name)];
end
net = call_importer(fullfile(char(bundleDir), 'model.onnx'), bundle, options.Namespace);
xverify.dlt.input_order(net, bundle); % raises if the inputs are others
if options.WithSoftmax
  net = with_softmax(net);
end
classes = bundle.model.classes(:)';
end

function net = call_importer(file, bundle, namespace)
labels = xverify.dlt.axis_labels(bundle);
formats = {'InputDataFormats', listed(cellfun(@(item) labels.(item.id), bundle.inputs(:)', 'UniformOutput', false))};
outputs = cellfun(@(item) labels.(item.layer), bundle.outputs(:)', 'UniformOutput', false);
if ~any(cellfun(@isempty, outputs))
  formats = [formats, {'OutputDataFormats', listed(outputs)}];
end
try
  if ~isMATLABReleaseOlderThan('R2023b')
    net = importNetworkFromONNX(file, formats{:}, 'Namespace', namespace);
  elseif ~isMATLABReleaseOlderThan('R2021b')
    net = importONNXNetwork(file, 'TargetNetwork', 'dlnetwork', formats{:}, 'PackageName', namespace);
  else
    net = [];
  end
catch e
  error('xverify:import:failed', ['MATLAB could not import %s: %s\nIf the Deep Learning Toolbox Converter for ONNX Model Format is not ' ...
    'installed, install it: Home > Add-Ons > Get Add-Ons. If it is, xverify.dlt.build(folder) builds the network without it.'], ...
    file, e.message);
end
if isempty(net)
  error('xverify:import:release', 'The import needs MATLAB R2021b or newer: before, the importer takes no formats of the inputs.');
end
end

function value = listed(formats)
%   One text, or a list of them as the importer takes it.
if numel(formats) == 1
  value = formats{1};
else
  value = string(formats);
end
end

function net = with_softmax(net)
if numel(net.OutputNames) ~= 1
  error('xverify:import:softmax', 'WithSoftmax needs a network with one output; this one has %d.', numel(net.OutputNames));
end
lgraph = layerGraph(net);
lgraph = addLayers(lgraph, softmaxLayer('Name', 'xverify_softmax'));
lgraph = connectLayers(lgraph, char(net.OutputNames{1}), 'xverify_softmax');
net = dlnetwork(lgraph);
end

function net = dlnetwork(lgraph, varargin)
%DLNETWORK A stand-in, see README.md. Layers that nothing reads are outputs, unless 'OutputNames' says so.
%   DLNETWORK(LGRAPH, X1, ..., XN): inputs that are not connected become the network's, with X1, ..., XN as examples.

layers = lgraph.Layers;
names = {layers.Name};
examples = cellfun(@(argument) isa(argument, 'dlarray'), varargin);
open_inputs = cell(0, 2);
for k = 1:numel(layers)
  ports = sort([lgraph.Connections{strcmp(lgraph.Connections(:, 2), names{k}), 3}]);
  open_ports = setdiff(1:layers(k).NumInputs, ports);
  if numel(unique(ports)) ~= numel(ports) || any(ports > layers(k).NumInputs) || (~isempty(open_ports) && ~any(examples))
    error('doubles:network:input', '%s has %d inputs; connected are %s.', names{k}, layers(k).NumInputs, mat2str(ports));
  end
  layers(k).InputNames = arrayfun(@(port) sprintf('in%d', port), 1:layers(k).NumInputs, 'UniformOutput', false);
  if layers(k).NumInputs == 1
    layers(k).InputNames = {'in'};
  end
  for port = open_ports
    open_inputs(end + 1, :) = {names{k}, port}; %#ok<AGROW>
  end
end
outputs = names(~ismember(names, lgraph.Connections(:, 1)));
options = varargin(~examples);
if numel(options) == 2 && strcmp(options{1}, 'OutputNames')
  outputs = options{2};
end
wires = lgraph.Connections;
net = struct('Layers', layers, 'Wires', {wires}, 'Open', {open_inputs}, 'OutputNames', {outputs});
% In MATLAB a table; its variables are read in the same way.
net.Connections = struct('Source', {wires(:, 1)}, 'Destination', {arrayfun(@(k) port_name(layers, wires(k, 2:3)), (1:size(wires, 1))', ...
  'UniformOutput', false)});
net.InputNames = names([layers.NumInputs] == 0);
for k = 1:size(open_inputs, 1)
  net.InputNames{end + 1} = port_name(layers, open_inputs(k, :));
end
if any(examples) && numel(net.InputNames) ~= sum(examples)
  error('doubles:network:examples', '%d example inputs for %d.', sum(examples), numel(net.InputNames));
end
net.Learnables = values_of(layers, {'Weights', 'Bias', 'Scale', 'Offset', 'InputWeights', 'RecurrentWeights', 'Alpha'});
net.State = values_of(layers, {'TrainedMean', 'TrainedVariance'});
end

function name = port_name(layers, place)
%   'add/in2' for the second input of several, the layer's name for a single one.
name = place{1};
layer = layers(strcmp({layers.Name}, name));
if layer.NumInputs > 1
  name = [name '/' layer.InputNames{place{2}}];
end
end

function t = values_of(layers, properties)
%   In MATLAB a table; its variables are read in the same way.
t = struct('Layer', {{}}, 'Parameter', {{}}, 'Value', {{}});
for k = 1:numel(layers)
  for name = properties
    if isfield(layers(k).Settings, name{1})
      t.Layer{end + 1, 1} = layers(k).Name;
      t.Parameter{end + 1, 1} = name{1};
      t.Value{end + 1, 1} = dlarray(layers(k).Settings.(name{1}));
    end
  end
end
end

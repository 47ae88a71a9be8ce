function net = dlnetwork(lgraph, varargin)
%DLNETWORK A stand-in, see README.md. Layers that nothing reads are outputs, unless 'OutputNames' says so.

layers = lgraph.Layers;
names = {layers.Name};
for k = 1:numel(layers)
  ports = sort([lgraph.Connections{strcmp(lgraph.Connections(:, 2), names{k}), 3}]);
  if numel(ports) ~= layers(k).NumInputs || any(ports ~= 1:layers(k).NumInputs)
    error('doubles:network:input', '%s has %d inputs; connected are %s.', names{k}, layers(k).NumInputs, mat2str(ports));
  end
end
outputs = names(~ismember(names, lgraph.Connections(:, 1)));
if numel(varargin) == 2 && strcmp(varargin{1}, 'OutputNames')
  outputs = varargin{2};
end
net = struct('Layers', layers, 'Connections', {lgraph.Connections}, 'OutputNames', {outputs});
net.InputNames = names([layers.NumInputs] == 0);
net.Learnables = values_of(layers, {'Weights', 'Bias', 'Scale', 'Offset', 'InputWeights', 'RecurrentWeights', 'Alpha'});
net.State = values_of(layers, {'TrainedMean', 'TrainedVariance'});
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

function net = imported(file, arguments, known)
%IMPORTED What an import would give: the network of the bundle's build_*.m, but with flattening in PyTorch's order.
%   MATLAB's importer flattens in C order and leaves the columns of fully connected layers as they are.

for k = 1:2:numel(arguments)
  if ~any(strcmp(arguments{k}, known))
    error('doubles:import:option', '%s is not known.', arguments{k});
  end
end
folder = fileparts(file);
[net, values] = xverify.dlt.build(folder);
stored = load(fullfile(folder, 'weights.mat'), 'parameters');
for k = 1:numel(net.Layers)
  layer = net.Layers(k);
  if strcmp(layer.Type, 'flattenLayer') && any(strcmp(values(~cellfun(@isempty, values(:, 4)), 2), layer.Name))
    net.Layers(k).Type = 'FlattenInto2dLayer';
    net.Layers(k).Forward = @(~, X) dlarray(reshape(permute(stripdims(X), [2, 1, 3:numel(dims(X))]), [], size(X, numel(dims(X)))), 'CB');
  elseif strcmp(layer.Type, 'fullyConnectedLayer') && isfield(stored.parameters, [layer.Name '_Weights'])
    net.Layers(k).Settings.Weights = stored.parameters.([layer.Name '_Weights']).value;
  end
end
end

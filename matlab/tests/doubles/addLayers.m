function lgraph = addLayers(lgraph, layers)
%ADDLAYERS A stand-in, see README.md: layers of one array are connected one after the other.

for k = 1:numel(layers)
  if ~isempty(lgraph.Layers) && any(strcmp({lgraph.Layers.Name}, layers(k).Name))
    error('doubles:graph:name', 'Two layers are called %s.', layers(k).Name);
  end
  lgraph.Layers = [lgraph.Layers; layers(k)];
  if k > 1
    if layers(k).NumInputs == 0
      error('doubles:graph:input', '%s takes no input.', layers(k).Name);
    end
    lgraph.Connections(end + 1, :) = {layers(k - 1).Name, layers(k).Name, 1};
  end
end
end

function lgraph = layerGraph(net)
%LAYERGRAPH A stand-in, see README.md: empty, or of a network.

lgraph = struct('Layers', [], 'Connections', {cell(0, 3)});
if nargin > 0
  lgraph.Layers = net.Layers;
  lgraph.Connections = net.Connections;
end
end

function lgraph = layerGraph(net)
%LAYERGRAPH A stand-in, see README.md: empty, of a network, or of a single layer.

lgraph = struct('Layers', [], 'Connections', {cell(0, 3)});
if nargin > 0 && isfield(net, 'Layers')
  lgraph.Layers = net.Layers;
  if isfield(net, 'Wires')
    lgraph.Connections = net.Wires;
  else
    lgraph.Connections = net.Connections; % a layer graph
  end
elseif nargin > 0
  lgraph.Layers = net;
end
end

function varargout = predict(net, varargin)
%PREDICT A stand-in, see README.md: [Y1, Y2] = PREDICT(NET, X1, X2, 'Outputs', NAMES).

wanted = net.OutputNames;
at = find(cellfun(@ischar, varargin), 1);
if ~isempty(at)
  wanted = varargin{at + 1};
  varargin = varargin(1:at - 1);
end
if numel(varargin) ~= numel(net.InputNames)
  error('doubles:predict:inputs', '%d inputs instead of %d.', numel(varargin), numel(net.InputNames));
end
values = struct();
pending = net.Layers;
while ~isempty(pending)
  ready = find(arrayfun(@(layer) all(isfield(values, sources(net, layer))), pending), 1);
  layer = pending(ready);
  if layer.NumInputs == 0
    inputs = varargin(strcmp(net.InputNames, layer.Name));
  else
    inputs = cellfun(@(name) values.(name), sources(net, layer), 'UniformOutput', false);
  end
  values.(layer.Name) = layer.Forward(layer.Settings, inputs{:});
  pending(ready) = [];
end
varargout = cellfun(@(name) values.(name), wanted, 'UniformOutput', false);
end

function names = sources(net, layer)
rows = find(strcmp(net.Connections(:, 2), layer.Name));
[~, order] = sort([net.Connections{rows, 3}]);
names = net.Connections(rows(order), 1)';
end

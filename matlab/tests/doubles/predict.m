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
    inputs = cell(1, layer.NumInputs);
    for k = 1:layer.NumInputs
      inputs{k} = input_of(net, layer, k, values, varargin);
    end
  end
  values.(layer.Name) = layer.Forward(layer.Settings, inputs{:});
  pending(ready) = [];
end
varargout = cellfun(@(name) values.(name), wanted, 'UniformOutput', false);
end

function X = input_of(net, layer, port, values, given)
row = find(strcmp(net.Wires(:, 2), layer.Name) & cellfun(@(k) isequal(k, port), net.Wires(:, 3)), 1);
if isempty(row) % an input of the network
  first = numel(net.InputNames) - size(net.Open, 1);
  X = given{first + find(strcmp(net.Open(:, 1), layer.Name) & cellfun(@(k) isequal(k, port), net.Open(:, 2)), 1)};
else
  X = values.(net.Wires{row, 1});
end
end

function names = sources(net, layer)
names = net.Wires(strcmp(net.Wires(:, 2), layer.Name), 1)';
end

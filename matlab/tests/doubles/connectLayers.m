function lgraph = connectLayers(lgraph, source, destination)
%CONNECTLAYERS A stand-in, see README.md: DESTINATION is 'layer' or, where it has several inputs, 'layer/in2'.

names = {lgraph.Layers.Name};
parts = strsplit(destination, '/in');
target = strcmp(names, parts{1});
port = 1;
if numel(parts) == 2
  port = str2double(parts{2});
end
if ~any(strcmp(names, source)) || ~any(target)
  error('doubles:graph:name', 'There are no layers %s and %s.', source, parts{1});
end
count = lgraph.Layers(target).NumInputs;
taken = strcmp(lgraph.Connections(:, 2), parts{1}) & [lgraph.Connections{:, 3}]' == port;
if port > count || any(taken) || (numel(parts) == 1 && count > 1)
  error('doubles:graph:port', '%s cannot be connected.', destination);
end
lgraph.Connections(end + 1, :) = {source, parts{1}, port};
end

function file = exportWeights(net, file)
%EXPORTWEIGHTS Writes the weights of a network, such as one that was trained on in MATLAB, into a plain .mat file.
%   XVERIFY.DLT.EXPORTWEIGHTS(NET, FILE) saves one struct a layer, named by the layer, with its parameters as single arrays: Weights,
%   Bias, Scale, Offset, TrainedMean, TrainedVariance, InputWeights, RecurrentWeights, Alpha. And a struct xverify_info with producer,
%   names (a cell: each variable beside the layer's own name) and types (the class of every layer of the network).
%
%   Inputs:  NET   dlnetwork
%            FILE  the file to write, format -v6
%   Output:  FILE  the same
%   Errors:  xverify:exportWeights:network, xverify:exportWeights:names, xverify:exportWeights:write
%
%   Values are those of MATLAB's layouts. Behind a flattenLayer the columns of a fully connected layer follow MATLAB's order of
%   elements; an imported network flattens in PyTorch's: xverify_info.types tells which. Not yet run in MATLAB.
%
%   Example:
%     xverify.dlt.exportWeights(net, 'tuned.mat')
%
%   See also xverify.dlt.build, xverify.dlt.import

try
  tables = {net.Learnables, net.State};
  layers = net.Layers;
catch
  error('xverify:exportWeights:network', ['A dlnetwork is needed, not a %s. dag2dlnetwork converts the networks of trainNetwork.'], ...
    class(net));
end
content = struct();
names = cell(0, 2);
for k = 1:numel(tables)
  for j = 1:numel(tables{k}.Value)
    layer = char(tables{k}.Layer(j));
    variable = matlab.lang.makeValidName(layer);
    content.(variable).(char(tables{k}.Parameter(j))) = single(plain(tables{k}.Value{j}));
    known = strcmp(names(:, 1), variable);
    if any(known) && ~strcmp(names{known, 2}, layer)
      error('xverify:exportWeights:names', 'The layers %s and %s would have one variable, %s. Rename one of them.', names{known, 2}, layer, ...
        variable);
    end
    if ~any(known)
      names(end + 1, :) = {variable, layer}; %#ok<AGROW>
    end
  end
end
types = cell(numel(layers), 2);
for k = 1:numel(layers)
  types(k, :) = {layers(k).Name, type_of(layers(k))};
end
content.xverify_info = struct('producer', xverify.internal.producer(), 'names', {names}, 'types', {types}); %#ok<STRNU>
try
  save(file, '-struct', 'content', '-v6');
catch e
  error('xverify:exportWeights:write', '%s cannot be written (%s).', file, e.message);
end
end

function x = plain(x)
%   Off the GPU, without format.
if isa(x, 'dlarray')
  x = extractdata(x);
end
x = gather(x);
end

function name = type_of(layer)
name = class(layer);
if isstruct(layer)
  name = layer.Type;
end
end

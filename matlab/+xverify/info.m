function result = info(bundleDir)
%INFO What a bundle holds: its network, inputs, outputs and layers.
%   XVERIFY.INFO(BUNDLEDIR) prints it. RESULT = XVERIFY.INFO(BUNDLEDIR) returns a struct and prints nothing:
%     name, bundleId, release   the model, the bundle's id, the MATLAB release that model.onnx was written for
%     inputs, outputs, layers   struct arrays: id, name (in PyTorch), operation, dims and size (in MATLAB's axis order)
%     parameters                number of values among the stored parameters
%     classes                   cell of class names, empty where none were given
%     preprocessing             struct: how xverify.evaluate makes an image the network's input; [] where the bundle does not say
%
%   Errors: xverify:load:folder, xverify:load:file, xverify:load:damaged, xverify:load:version.
%
%   Example:
%     xverify.info('cifar10-net')
%
%   See also xverify.verify, xverify.evaluate

bundle = xverify.internal.load_bundle(bundleDir);
layers = described(bundle.layers);
outputs = cell(1, numel(bundle.outputs));
for k = 1:numel(outputs)
  known = [described(bundle.inputs), layers]; % an output may be an input
  outputs{k} = known(strcmp({known.id}, bundle.outputs{k}.layer));
  outputs{k}.name = bundle.outputs{k}.name;
end
count = sum(structfun(@(item) numel(item.value), bundle.parameters));
result = struct('name', bundle.model.name, 'bundleId', bundle.id, 'release', bundle.model.release, ...
  'inputs', described(bundle.inputs), 'outputs', [outputs{:}], 'layers', layers, 'parameters', count, ...
  'classes', {bundle.classes}, 'preprocessing', bundle.preprocessing);
if nargout == 0
  show(result);
  clear result
end
end

function values = described(items)
values = cell(1, numel(items));
for k = 1:numel(items)
  item = items{k};
  operation = 'input';
  if isfield(item, 'operation')
    operation = item.operation;
  end
  values{k} = struct('id', item.id, 'name', item.name, 'operation', operation, 'dims', item.dims, ...
    'size', item.shape(item.permutation));
end
values = [values{:}];
end

function show(result)
fprintf('%s, bundle %s, model.onnx for MATLAB %s\n', result.name, result.bundleId, result.release);
fprintf('%d parameters, %d layers\n', result.parameters, numel(result.layers));
list('input', result.inputs);
list('output', result.outputs);
if ~isempty(result.classes)
  fprintf('%d classes: %s\n', numel(result.classes), strjoin(result.classes, ', '));
end
if isstruct(result.preprocessing)
  fprintf('preprocessing: %s\n', recipe_text(result.preprocessing));
end
fprintf('\n');
width = max(cellfun(@numel, {result.layers.id}));
for item = result.layers
  fprintf('%-*s  %s  %s\n', width, item.id, size_text(item), item.operation);
end
end

function text = recipe_text(recipe)
%   In the order in which it is done.
steps = {recipe.channels};
if numel(recipe.resize) == 1
  steps{end + 1} = sprintf('shorter side to %d (%s)', recipe.resize, recipe.interpolation);
elseif ~isempty(recipe.resize)
  steps{end + 1} = sprintf('resized to %d x %d (%s)', recipe.resize, recipe.interpolation);
end
if ~isempty(recipe.crop)
  steps{end + 1} = sprintf('centre %d x %d', recipe.crop);
end
steps{end + 1} = sprintf('(pixels / %g - %s) / %s', recipe.scale, mat2str(recipe.mean, 5), mat2str(recipe.std, 5));
text = strjoin(steps, ', ');
end

function list(what, items)
for item = items
  fprintf('%s %s: %s\n', what, item.name, size_text(item));
end
end

function text = size_text(item)
text = strjoin(arrayfun(@(n) sprintf('%d', n), item.size, 'UniformOutput', false), ' x ');
if isempty(text)
  text = 'scalar';
end
if ~isempty(item.dims)
  text = sprintf('%s (%s)', text, item.dims);
end
end

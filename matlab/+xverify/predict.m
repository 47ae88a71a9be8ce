function varargout = predict(bundleDir, varargin)
%PREDICT Runs a bundle's network on your own data.
%   [Y1, Y2, ...] = XVERIFY.PREDICT(BUNDLEDIR, X1, X2, ...) takes one array for each input of the network and returns its
%   outputs, in the order in which PyTorch's model has them. xverify.info(BUNDLEDIR) lists both with their sizes.
%
%   [..., NET] = XVERIFY.PREDICT(...) also returns the loaded network: give it in the place of BUNDLEDIR next time, and nothing
%   has to be read again.
%
%   Inputs:  BUNDLEDIR  the folder that `xverify export` wrote, or NET
%            X          array in MATLAB's axis order: H x W x C x N for images, C x N for features. single or double. Any
%                       number of observations N, where the axis of the batch is known: they run in groups of the
%                       exported batch.
%   Outputs: Y          arrays in MATLAB's axis order
%            NET        struct, to be used as BUNDLEDIR
%   Errors:  xverify:predict:inputs, xverify:predict:size, xverify:predict:class, xverify:predict:batch, those of xverify.run
%
%   Example:
%     scores = xverify.predict('cifar10-net', single(images) / 255);
%
%   See also xverify.info, xverify.run

net = loaded(bundleDir);
bundle = net.bundle;
if numel(varargin) ~= numel(bundle.inputs)
  error('xverify:predict:inputs', 'The network has %d inputs (%s); %d were given.', numel(bundle.inputs), ...
    strjoin(cellfun(@(item) item.id, bundle.inputs(:)', 'UniformOutput', false), ', '), numel(varargin));
end
observations = observations_of(bundle, varargin{1});
inputs = cell(size(varargin));
for k = 1:numel(inputs)
  inputs{k} = accepted(varargin{k}, bundle.inputs{k}, observations);
end
groups = groups_of(bundle, observations);
items = output_items(bundle);
wanted = unique(cellfun(@source_id, items, 'UniformOutput', false));
parts = cell(numel(groups), numel(items));
for k = 1:numel(groups)
  % The last group is filled up with copies of its last observation: the exported batch is fixed.
  group = cellfun(@(x, item) along_batch(x, item, groups{k}), inputs(:), bundle.inputs(:), 'UniformOutput', false);
  values = xverify.internal.execute(net.program, bundle, group, [], wanted);
  kept = groups{k};
  if ~ischar(kept)
    kept = 1:numel(unique(kept));
  end
  for j = 1:numel(items)
    parts{k, j} = along_batch(value_of(items{j}, values, group, bundle), items{j}, kept);
  end
end
varargout = cell(1, numel(items) + 1);
for j = 1:numel(items)
  varargout{j} = parts{1, j};
  if numel(groups) > 1
    varargout{j} = cat(find(items{j}.dims == 'B'), parts{:, j});
  end
end
varargout{end} = net;
end

function net = loaded(source)
if isstruct(source) && isfield(source, 'bundle') && isfield(source, 'program')
  net = source;
  return
end
bundle = xverify.internal.load_bundle(source);
net = struct('bundle', bundle, 'program', xverify.internal.program(bundle));
end

function observations = observations_of(bundle, first)
%   How many observations are given; [] where an input or output has no known axis of the batch: it then runs as exported.
observations = [];
items = [bundle.inputs(:); output_items(bundle)];
if all(cellfun(@(item) any(item.dims == 'B'), items))
  observations = size(first, find(bundle.inputs{1}.dims == 'B'));
  if observations == 0
    error('xverify:predict:batch', 'There are no observations: the first input is empty.');
  end
end
end

function groups = groups_of(bundle, observations)
if isempty(observations)
  groups = {':'};
  return
end
first = bundle.inputs{1};
batch = first.shape(first.permutation(first.dims == 'B'));
groups = cell(1, ceil(observations / batch));
for k = 1:numel(groups)
  groups{k} = min((k - 1) * batch + (1:batch), observations);
end
end

function items = output_items(bundle)
%   The layers (or inputs) that are the outputs.
known = [bundle.inputs(:); bundle.layers(:)];
ids = cellfun(@(item) item.id, known, 'UniformOutput', false);
items = cellfun(@(output) known{strcmp(ids, output.layer)}, bundle.outputs(:), 'UniformOutput', false);
end

function id = source_id(item)
%   The layer or input that holds an output's value.
id = item.id;
if isfield(item, 'alias_of') && ~isempty(item.alias_of)
  id = item.alias_of;
end
end

function value = value_of(item, values, inputs, bundle)
%   A view of another value was computed there: the same elements in PyTorch's order, in another shape.
known = [bundle.inputs(:); bundle.layers(:)];
source = known{cellfun(@(other) strcmp(other.id, source_id(item)), known)};
if isfield(values, source.id)
  value = values.(source.id);
else
  value = inputs{cellfun(@(input) strcmp(input.id, source.id), bundle.inputs)};
end
if ~strcmp(source.id, item.id)
  [~, back] = sort(source.permutation);
  count = numel(back);
  reversed = permute(value, [fliplr(back), count + 1:2]);
  rank = numel(item.shape);
  value = permute(reshape(reversed, [fliplr(item.shape), 1, 1]), [rank + 1 - item.permutation, rank + 1:rank + 2]);
end
end

function x = accepted(x, item, observations)
if strncmp(item.dtype, 'float', 5)
  if ~isfloat(x) || ~isreal(x)
    error('xverify:predict:class', ['Input %s is %s; the network takes real single values. Convert it as in training, for ' ...
      'example single(X) / 255.'], item.id, class(x));
  end
  x = single(x);
elseif isnumeric(x) || islogical(x)
  x = feval(item.dtype, x);
else
  error('xverify:predict:class', 'Input %s is %s; the network takes %s.', item.id, class(x), item.dtype);
end
expected = item.shape(item.permutation);
sizes = size(x);
sizes(end + 1:numel(expected)) = 1;
if any(item.dims == 'B') && ~isempty(observations)
  expected(item.dims == 'B') = observations;
end
if numel(expected) < 2
  fits = numel(x) == prod(expected);
else
  fits = isequal(sizes, expected);
end
if ~fits
  error('xverify:predict:size', 'Input %s has the size %s; expected %s (%s).', item.id, mat2str(size(x)), mat2str(expected), item.dims);
end
end

function x = along_batch(x, item, chosen)
dimension = find(item.dims == 'B');
if isempty(dimension) || ischar(chosen)
  return
end
index = repmat({':'}, 1, max(ndims(x), dimension));
index{dimension} = chosen;
x = x(index{:});
end

function result = judge(bundle, ids, arrays)
%JUDGE Compares layers with PyTorch's recorded values, by the tolerances that the bundle recorded.
%   RESULT = XVERIFY.INTERNAL.JUDGE(BUNDLE, IDS, ARRAYS) judges ARRAYS{k}, in the stored axis order, as the layer IDS{k}.
%   RESULT is a struct:
%     passed       true only if every layer was compared and passed
%     firstFailed  id of the first layer that fails, '' if none does
%     compared     number of layers that were compared
%     layers       struct array, in topological order: id, operation, shape (PyTorch's), status ('passed', 'failed',
%                  'not compared'), reason, error (largest absolute), allowed, where (PyTorch's index of the largest error,
%                  from 0)
%   The rules are those of `xverify compare` for a file of activations: whole-network errors only. A layer that is missing,
%   all zero or ill-conditioned is not compared, and then nothing passes.

values = struct();
for k = 1:numel(ids)
  values.(ids{k}) = arrays{k};
end
references = xverify.internal.reference(bundle, bundle.layers);
rows = cell(1, numel(bundle.layers));
position = struct();
for k = 1:numel(bundle.layers)
  layer = bundle.layers{k};
  position.(layer.id) = k;
  value = [];
  if isfield(values, layer.id)
    value = values.(layer.id);
  end
  rows{k} = judge_layer(layer, bundle.tolerances.(layer.id), isfield(values, layer.id), value, references.(layer.id));
end
for k = 1:numel(rows)
  source = bundle.layers{k}.alias_of;
  if ~isempty(source) && ~isfield(values, bundle.layers{k}.id)
    rows{k} = settled(rows{k}, source, position, rows);
  end
end
rows = [rows{:}];
status = {rows.status};
failed = find(strcmp(status, 'failed'), 1);
result = struct('passed', all(strcmp(status, 'passed')) && ~isempty(rows), 'firstFailed', '', ...
  'compared', sum(~strcmp(status, 'not compared')), 'layers', rows);
if ~isempty(failed)
  result.firstFailed = rows(failed).id;
end
end

function row = settled(row, source, position, rows)
%   An alias has no value of its own in the runtime: it takes the verdict of the layer that holds it. One of an input is
%   what the network was fed with.
if ~isfield(position, source)
  row.status = 'passed';
  row.reason = '';
  return
end
other = rows{position.(source)};
for name = {'status', 'error', 'allowed', 'where'}
  row.(name{1}) = other.(name{1});
end
row.reason = '';
if ~strcmp(other.status, 'passed')
  row.reason = sprintf('is the value of %s: %s', source, other.reason);
end
end

function row = judge_layer(layer, tolerance, present, value, reference)
row = struct('id', layer.id, 'operation', layer.operation, 'shape', layer.shape, 'status', 'not compared', 'reason', '', ...
  'error', NaN, 'allowed', tolerance.accumulated, 'where', []);
isFloat = strncmp(layer.dtype, 'float', 5);
if ~present
  row.reason = 'missing from the activations';
  return
end
problem = incomparable(value, reference, isFloat);
if ~isempty(problem)
  row.status = 'failed';
  row.reason = problem;
  return
end
row = measured(row, layer, tolerance, isFloat, double(value), double(reference));
if strcmp(row.status, 'passed') && layer.all_zero
  row.status = 'not compared';
  row.reason = 'all zero: equality of zeros proves nothing';
elseif tolerance.ill_conditioned && isFloat && ~any(strcmp(row.reason, {'NaN', 'Inf'}))
  row.status = 'not compared';
  row.reason = 'ill-conditioned: the accumulated rounding passes 0.1% of its size, and there is no local error';
end
end

function problem = incomparable(value, reference, isFloat)
problem = '';
if ~isnumeric(value) && ~islogical(value)
  problem = sprintf('its values are %s, not numbers', class(value));
elseif ~isreal(value)
  problem = 'its values are complex';
elseif ~isequal(size(value), size(reference))
  problem = sprintf('size %s instead of %s', mat2str(size(value)), mat2str(size(reference)));
elseif isFloat && ~isfloat(value)
  problem = sprintf('its values are %s instead of single', class(value));
end
end

function row = measured(row, layer, tolerance, isFloat, value, reference)
if ~isFloat
  differing = value ~= reference;
  row.error = max([0; abs(value(:) - reference(:))]);
  row.allowed = 0;
  row.status = verdict(~any(differing(:)));
  row.where = index_of(find(differing(:), 1), layer);
  if any(differing(:))
    row.reason = sprintf('%d of %d values differ', sum(differing(:)), numel(reference));
  end
  return
end
if ~isequal(isnan(value), isnan(reference))
  row.status = 'failed';
  row.reason = 'NaN';
  row.where = index_of(find(isnan(value(:)) ~= isnan(reference(:)), 1), layer);
  return
end
infinite = isinf(value) | isinf(reference);
if ~isequal(value(infinite), reference(infinite))
  row.status = 'failed';
  row.reason = 'Inf';
  row.where = index_of(find(infinite(:) & value(:) ~= reference(:), 1), layer);
  return
end
difference = abs(value - reference);
difference(infinite | isnan(reference)) = 0;
allowed = tolerance.accumulated;
if tolerance.channel_axis > 0
  [row, allowed] = channelwise(row, layer, tolerance, difference);
else
  [row.error, at] = max([difference(:); 0]);
  row.where = index_of(min(at, numel(difference)), layer);
end
row.allowed = allowed;
row.status = verdict(row.error <= allowed);
if strcmp(row.status, 'failed')
  row.reason = sprintf('error %.3g > %.3g', row.error, allowed);
end
end

function [row, allowed] = channelwise(row, layer, tolerance, difference)
%   Channels of very different sizes have a tolerance each: the one that uses most of its own decides.
dimension = find(layer.permutation == tolerance.channel_axis);
each = reshape(tolerance.channel_accumulated, [ones(1, dimension - 1), numel(tolerance.channel_accumulated), 1]);
share = difference ./ each;
share(difference == 0) = 0;
[~, at] = max(share(:));
row.error = difference(at);
row.where = index_of(at, layer);
allowed = tolerance.channel_accumulated(row.where(tolerance.channel_axis) + 1);
end

function text = verdict(passed)
if passed
  text = 'passed';
else
  text = 'failed';
end
end

function where = index_of(at, layer)
%   PyTorch's index, from 0, of the element at a place of the stored array.
where = [];
rank = numel(layer.shape);
if isempty(at) || rank == 0
  return
end
where = zeros(1, rank);
rest = at - 1;
for k = 1:rank
  axis = layer.permutation(k);
  where(axis) = mod(rest, layer.shape(axis));
  rest = floor(rest / layer.shape(axis));
end
end

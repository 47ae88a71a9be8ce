function result = judge(bundle, ids, arrays, alone, why)
%JUDGE Compares layers with PyTorch's recorded values, by the tolerances that the bundle recorded.
%   RESULT = XVERIFY.INTERNAL.JUDGE(BUNDLE, IDS, ARRAYS) judges ARRAYS{k}, in the stored axis order, as the layer IDS{k} of a
%   whole run. RESULT = XVERIFY.INTERNAL.JUDGE(..., ALONE) also judges each layer by its value in the struct ALONE, which it
%   computed from PyTorch's inputs: a layer passes only if both errors are within tolerance.
%   RESULT = XVERIFY.INTERNAL.JUDGE(..., ALONE, WHY): a layer that ALONE does not have is judged by its error in the whole run if the
%   struct WHY has a reason for it; without one it is not compared.
%
%   RESULT is a struct:
%     passed       true only if every layer was compared and passed
%     firstFault   id of the first layer that fails alone, '' if none does or ALONE is not given
%     firstFailed  id of the first layer that fails at all, '' if none does
%     compared     number of layers that were compared
%     hasLocal     whether ALONE was given
%     layers       struct array, in topological order: id, operation, shape (PyTorch's), status ('passed', 'failed',
%                  'not compared'), reason, accumulated and local: structs with error (the largest absolute one), allowed,
%                  where (PyTorch's index of it, from 0), passed, problem
%   The rules are those of `xverify compare` (docs/explanation/tolerances.md): a layer that is missing, all zero or
%   ill-conditioned is not compared, and then nothing passes.

hasLocal = nargin > 3 && isstruct(alone);
if ~hasLocal
  alone = struct();
end
if nargin < 5
  why = struct();
end
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
  tolerance = bundle.tolerances.(layer.id);
  whole = measured(values, layer, references.(layer.id), tolerance.accumulated, tolerance.channel_axis, tolerance.channel_accumulated);
  own = measured(alone, layer, references.(layer.id), tolerance.local, tolerance.channel_axis, tolerance.channel_local);
  rows{k} = judged(layer, tolerance, whole, own, hasLocal, why);
end
for k = 1:numel(rows)
  source = bundle.layers{k}.alias_of;
  if ~isempty(source) && ~isfield(values, bundle.layers{k}.id)
    rows{k} = settled(rows{k}, source, position, rows);
  end
end
rows = [rows{:}];
status = {rows.status};
result = struct('passed', all(strcmp(status, 'passed')) && ~isempty(rows), 'firstFault', '', 'firstFailed', '', ...
  'compared', sum(~strcmp(status, 'not compared')), 'hasLocal', hasLocal, 'layers', rows);
failed = find(strcmp(status, 'failed'), 1);
if ~isempty(failed)
  result.firstFailed = rows(failed).id;
end
own = [rows.local];
isAlias = cellfun(@(layer) ~isempty(layer.alias_of), bundle.layers(:)');
fault = find(~[own.passed] & [own.present] & ~isAlias, 1);
if ~isempty(fault)
  result.firstFault = rows(fault).id;
end
end

function row = judged(layer, tolerance, whole, own, hasLocal, why)
row = struct('id', layer.id, 'operation', layer.operation, 'shape', layer.shape, 'status', 'passed', 'reason', '', ...
  'accumulated', whole, 'local', own);
ill = tolerance.ill_conditioned && strncmp(layer.dtype, 'float', 5);
reasons = {};
if own.present && ~own.passed
  reasons{end + 1} = ['local ' own.problem];
end
if whole.present && ~whole.passed && (~ill || ~whole.isSize)
  reasons{end + 1} = ['accumulated ' whole.problem];
end
if ~isempty(reasons)
  row.status = 'failed';
  row.reason = strjoin(reasons, '; ');
elseif ~whole.present
  row.reason = 'missing from the activations';
elseif hasLocal && ~own.present && ~isfield(why, layer.id)
  row.reason = 'no local error: missing from the local run';
elseif layer.all_zero
  row.reason = 'all zero: equality of zeros proves nothing';
elseif ill && ~own.present
  row.reason = 'ill-conditioned: the accumulated rounding passes 0.1% of its size, and there is no local error';
elseif tolerance.local_ill_conditioned && own.present
  row.reason = 'ill-conditioned: even alone the layer may round by more than 0.1% of its size';
elseif ill
  row.reason = 'judged by its local error alone: the accumulated rounding passes 0.1% of its size';
  return
elseif hasLocal && ~own.present
  row.reason = ['judged by its accumulated error alone: ' why.(layer.id)];
  return
end
if strcmp(row.status, 'passed') && ~isempty(row.reason)
  row.status = 'not compared';
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
row.status = other.status;
row.accumulated = other.accumulated;
row.local = other.local;
row.reason = '';
if ~strcmp(other.status, 'passed')
  row.reason = sprintf('is the value of %s: %s', source, other.reason);
end
end

function m = measured(values, layer, reference, allowed, channelAxis, each)
%   One value against PyTorch's. isSize: it fails by the size of its error, and not by its shape, type, NaN or Inf.
m = struct('present', isfield(values, layer.id), 'passed', false, 'problem', '', 'error', NaN, 'allowed', allowed, 'where', [], ...
  'isSize', false);
if ~m.present
  return
end
isFloat = strncmp(layer.dtype, 'float', 5);
m.problem = incomparable(values.(layer.id), reference, isFloat);
if ~isempty(m.problem)
  return
end
value = double(values.(layer.id));
reference = double(reference);
if ~isFloat
  m = counted(m, value ~= reference, abs(value - reference), layer);
  return
end
[m.problem, at] = misplaced(value, reference);
if ~isempty(m.problem)
  m.where = index_of(at, layer);
  return
end
difference = abs(value - reference);
difference(~isfinite(reference)) = 0;
if channelAxis > 0
  % Channels of very different sizes have a tolerance each: the one that uses most of its own decides.
  dimension = find(layer.permutation == channelAxis);
  share = difference ./ reshape(each, [ones(1, dimension - 1), numel(each), 1]);
  share(difference == 0) = 0;
  [~, at] = max(share(:));
  m.where = index_of(at, layer);
  m.allowed = each(m.where(channelAxis) + 1);
else
  [~, at] = max(difference(:));
  m.where = index_of(at, layer);
end
m.error = max([difference(at); 0]);
m.passed = m.error <= m.allowed;
m.isSize = ~m.passed;
if ~m.passed
  m.problem = sprintf('error %.3g > %.3g', m.error, m.allowed);
end
end

function problem = incomparable(value, reference, isFloat)
problem = '';
if ~isnumeric(value) && ~islogical(value)
  problem = sprintf('values are %s, not numbers', class(value));
elseif ~isreal(value)
  problem = 'values are complex';
elseif ~isequal(size(value), size(reference))
  problem = sprintf('size is %s instead of %s', mat2str(size(value)), mat2str(size(reference)));
elseif isFloat && ~isfloat(value)
  problem = sprintf('values are %s instead of single', class(value));
end
end

function m = counted(m, differing, errors, layer)
%   Integers and booleans: equal or not.
m.allowed = 0;
m.error = max([0; errors(:)]);
m.passed = ~any(differing(:));
m.where = index_of(find(differing(:), 1), layer);
if ~m.passed
  m.problem = sprintf('values differ: %d of %d', sum(differing(:)), numel(differing));
end
end

function [problem, at] = misplaced(value, reference)
problem = '';
at = find(isnan(value(:)) ~= isnan(reference(:)), 1);
if ~isempty(at)
  problem = 'NaN stands at other places';
  return
end
infinite = isinf(value(:)) | isinf(reference(:));
at = find(infinite & value(:) ~= reference(:), 1);
if ~isempty(at)
  problem = 'Inf stands at other places';
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

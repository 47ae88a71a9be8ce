function result = verify(bundleDir, varargin)
%VERIFY Runs a bundle's network and compares every layer with PyTorch.
%   XVERIFY.VERIFY(BUNDLEDIR) runs the network on the inputs of its export, and each layer alone on PyTorch's own inputs. It
%   prints a row for each layer with both errors and the tolerances that were measured at export, names the first layer that
%   is wrong, and writes activations.mat into the bundle's folder. No toolbox is needed.
%
%   XVERIFY.VERIFY(BUNDLEDIR, 'Output', FILE) writes another file: the bundle may be read-only. '' writes none.
%   XVERIFY.VERIFY(BUNDLEDIR, 'Activations', FILE) runs nothing and judges the activations in FILE instead; it has the errors of
%   each layer alone only if it was written with them.
%   XVERIFY.VERIFY(BUNDLEDIR, 'Local', false) leaves out the second run.
%   XVERIFY.VERIFY(..., 'Print', false) prints nothing.
%
%   Input:   BUNDLEDIR  the folder that `xverify export` wrote
%   Output:  RESULT     struct: passed, firstFault, firstFailed, compared, hasLocal, file, extra (variables that are no layer:
%                       with any, nothing passes), and layers, a struct array: id,
%                       operation, shape, status, reason, local, accumulated (structs: error, allowed, where, passed)
%   The rules are those of `xverify compare`: what was not compared keeps the whole from passing.
%   Errors:  those of xverify.run; xverify:verify:option, xverify:verify:file, xverify:verify:otherBundle
%
%   Example:
%     result = xverify.verify('cifar10-net');
%     assert(result.passed)
%
%   See also xverify.run, xverify.info, xverify.predict

extra = {};
why = struct();
defaults = struct('Output', fullfile(bundleDir, 'activations.mat'), 'Activations', '', 'Local', true, 'Print', true);
options = xverify.internal.options('verify', varargin, defaults);
bundle = xverify.internal.load_bundle(bundleDir);
if isempty(options.Activations)
  [values, alone] = xverify.internal.run_bundle(bundle, options.Local);
  producer = xverify.internal.producer();
else
  [values, alone, producer, extra, why] = read_activations(options.Activations, bundle);
end
ids = fieldnames(values);
arrays = struct2cell(values);
result = xverify.internal.judge(bundle, ids, arrays, alone, why);
result.file = options.Activations;
result.extra = extra;
result.passed = result.passed && isempty(extra); % as in `xverify compare`: what is no layer was meant for something
if options.Print
  if ~isempty(extra)
    fprintf('No layer of this bundle: %s\n', strjoin(extra(:)', ', '));
  end
  xverify.internal.print_table(result, sprintf('%s in %s', bundle.model.name, producer));
end
if isempty(options.Activations) && ~isempty(options.Output) % after the verdict: it must not be lost where a file cannot be written
  xverify.internal.write_activations(options.Output, bundle, ids, arrays, producer, alone);
  result.file = options.Output;
end
end

function [values, alone, producer, extra, why] = read_activations(file, bundle)
why = struct();
try
  loaded = load(file);
catch e
  error('xverify:verify:file', '%s cannot be read (%s).', file, e.message);
end
producer = file;
if isfield(loaded, 'xverify_info')
  if ~strcmp(loaded.xverify_info.bundle_id, bundle.id)
    error('xverify:verify:otherBundle', '%s was made from another bundle. Run this one again.', file);
  end
  producer = loaded.xverify_info.producer;
  if isfield(loaded.xverify_info, 'without_local') % layers that xverify.dlt.verify could not run alone
    why = loaded.xverify_info.without_local;
  end
end
values = struct();
alone = struct();
for k = 1:numel(bundle.layers)
  id = bundle.layers{k}.id;
  if isfield(loaded, id)
    values.(id) = loaded.(id);
  end
  if isfield(loaded, ['xverify_local_' id])
    alone.(id) = loaded.(['xverify_local_' id]);
  end
end
known = [fieldnames(values); strcat('xverify_local_', fieldnames(alone)); {'xverify_info'}; ...
  cellfun(@(item) item.id, bundle.inputs(:), 'UniformOutput', false)];
extra = setdiff(fieldnames(loaded), known);
if isempty(fieldnames(alone))
  alone = [];
end
end

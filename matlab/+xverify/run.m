function file = run(bundleDir, varargin)
%RUN Runs a bundle's network on the inputs of its export, and writes every layer's output.
%   FILE = XVERIFY.RUN(BUNDLEDIR) writes activations.mat into the bundle's folder. `xverify compare BUNDLE --against FILE`
%   compares it with PyTorch. No toolbox is needed: the network runs in plain MATLAB code on the weights of weights.mat.
%
%   FILE = XVERIFY.RUN(BUNDLEDIR, 'Output', FILE) writes another file: the bundle may be read-only.
%
%   FILE = XVERIFY.RUN(..., 'Local', true) also runs each layer alone, on the values that PyTorch recorded, and stores those
%   outputs beside the others: a fault then shows in its own layer only.
%
%   FILE = XVERIFY.RUN(..., 'Inputs', {X1, ...}) runs on your own inputs instead, one array for each input of the network in MATLAB's
%   axis order and of the recorded size, and stores them, too: give what your preprocessing makes of the data that PyTorch got, and
%   `xverify compare` tells whether it is the same.
%
%   Input:   BUNDLEDIR  the folder that `xverify export` wrote
%   Output:  FILE       the file that was written
%   Errors:  xverify:load:folder, xverify:load:file, xverify:load:damaged, xverify:load:version, xverify:load:otherBundle,
%            xverify:run:option, xverify:run:inputs, xverify:run:unsupported, xverify:run:write, and what a layer raises
%
%   Example:
%     xverify.run('cifar10-net', 'Output', fullfile(tempdir, 'activations.mat'))
%
%   See also xverify.verify, xverify.predict

options = xverify.internal.options('run', varargin, struct('Output', fullfile(bundleDir, 'activations.mat'), 'Local', false, 'Inputs', {{}}));
bundle = xverify.internal.load_bundle(bundleDir);
inputs = given_inputs(bundle, options.Inputs);
[values, alone] = xverify.internal.run_bundle(bundle, options.Local, inputs);
ids = fieldnames(values);
arrays = struct2cell(values);
if ~isempty(options.Inputs)
  ids = [ids; cellfun(@(item) item.id, bundle.inputs(:), 'UniformOutput', false)];
  arrays = [arrays; inputs(:)];
end
xverify.internal.write_activations(options.Output, bundle, ids, arrays, xverify.internal.producer(), alone);
file = options.Output;
end

function inputs = given_inputs(bundle, given)
if isempty(given)
  inputs = xverify.internal.reference_inputs(bundle);
  return
end
if ~iscell(given) || numel(given) ~= numel(bundle.inputs)
  error('xverify:run:inputs', 'Inputs is a cell with one array for each of the %d inputs.', numel(bundle.inputs));
end
inputs = cell(1, numel(given));
for k = 1:numel(given)
  item = bundle.inputs{k};
  sizes = size(given{k});
  expected = [item.shape(item.permutation), 1, 1];
  sizes(end + 1:numel(expected)) = 1;
  expected(end + 1:numel(sizes)) = 1;
  if ~isequal(sizes, expected) || ~isnumeric(given{k})
    error('xverify:run:inputs', 'Input %s has the size %s; expected %s (%s).', item.id, mat2str(size(given{k})), ...
      mat2str(item.shape(item.permutation)), item.dims);
  end
  inputs{k} = given{k};
  if strncmp(item.dtype, 'float', 5)
    inputs{k} = single(given{k}); % also uint8: what a forgotten scaling does is to be seen
  end
end
end

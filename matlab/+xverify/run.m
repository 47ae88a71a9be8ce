function file = run(bundleDir, varargin)
%RUN Runs a bundle's network on the inputs of its export, and writes every layer's output.
%   FILE = XVERIFY.RUN(BUNDLEDIR) writes activations.mat into the bundle's folder. `xverify compare BUNDLE --against FILE`
%   compares it with PyTorch. No toolbox is needed: the network runs in plain MATLAB code on the weights of weights.mat.
%
%   FILE = XVERIFY.RUN(BUNDLEDIR, 'Output', FILE) writes another file: the bundle may be read-only.
%
%   FILE = XVERIFY.RUN(..., 'Local', FILE2) also runs each layer alone, on the values that PyTorch recorded, and writes those
%   outputs into a file of their own: a fault then shows in its own layer only.
%
%   Input:   BUNDLEDIR  the folder that `xverify export` wrote
%   Output:  FILE       the file that was written
%   Errors:  xverify:load:folder, xverify:load:file, xverify:load:damaged, xverify:load:version, xverify:load:otherBundle,
%            xverify:run:option, xverify:run:unsupported, xverify:run:write, and what a layer raises
%
%   Example:
%     xverify.run('cifar10-net', 'Output', fullfile(tempdir, 'activations.mat'))
%
%   See also xverify.verify, xverify.predict

options = xverify.internal.options('run', varargin, struct('Output', fullfile(bundleDir, 'activations.mat'), 'Local', ''));
bundle = xverify.internal.load_bundle(bundleDir);
program = xverify.internal.program(bundle);
inputs = xverify.internal.reference_inputs(bundle);
write(options.Output, bundle, xverify.internal.execute(program, bundle, inputs));
if ~isempty(options.Local)
  references = xverify.internal.reference(bundle, bundle.layers);
  write(options.Local, bundle, xverify.internal.execute(program, bundle, inputs, references));
end
file = options.Output;
end

function write(file, bundle, values)
ids = fieldnames(values);
xverify.internal.write_activations(file, bundle, ids, struct2cell(values), xverify.internal.producer());
end

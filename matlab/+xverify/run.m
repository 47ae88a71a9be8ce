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
%   Input:   BUNDLEDIR  the folder that `xverify export` wrote
%   Output:  FILE       the file that was written
%   Errors:  xverify:load:folder, xverify:load:file, xverify:load:damaged, xverify:load:version, xverify:load:otherBundle,
%            xverify:run:option, xverify:run:unsupported, xverify:run:write, and what a layer raises
%
%   Example:
%     xverify.run('cifar10-net', 'Output', fullfile(tempdir, 'activations.mat'))
%
%   See also xverify.verify, xverify.predict

options = xverify.internal.options('run', varargin, struct('Output', fullfile(bundleDir, 'activations.mat'), 'Local', false));
bundle = xverify.internal.load_bundle(bundleDir);
[values, alone] = xverify.internal.run_bundle(bundle, options.Local);
xverify.internal.write_activations(options.Output, bundle, fieldnames(values), struct2cell(values), xverify.internal.producer(), alone);
file = options.Output;
end

function [net, values] = build(bundleDir, varargin)
%BUILD Builds a bundle's network layer by layer, with the bundle's own build_NAME.m.
%   NET = XVERIFY.DLT.BUILD(BUNDLEDIR) is a dlnetwork. No ONNX importer is needed.
%   NET = XVERIFY.DLT.BUILD(BUNDLEDIR, 'WithSoftmax', true) puts a softmaxLayer, 'xverify_softmax', at its end.
%   [NET, VALUES] = XVERIFY.DLT.BUILD(...) also says which value of PyTorch's network each layer holds: a row each, with its id in
%   the bundle, the layer, the meaning of PyTorch's axes, and the size that a flattenLayer joined.
%
%   Input:   BUNDLEDIR  the folder that `xverify export` wrote
%   Outputs: NET        dlnetwork
%            VALUES     N x 4 cell
%   Errors:  xverify:build:toolbox, xverify:build:file, and of the script xverify:build:unsupported (the toolbox has no layers for a
%            part of the network), xverify:build:release, xverify:build:softmax, xverify:build:option
%
%   Needs Deep Learning Toolbox. Not yet run in MATLAB.
%
%   Example:
%     net = xverify.dlt.build('cifar10-net', 'WithSoftmax', true);
%
%   See also xverify.dlt.import, xverify.dlt.open, xverify.dlt.verify

bundleDir = char(bundleDir);
if isempty(which('dlnetwork'))
  error('xverify:build:toolbox', 'Deep Learning Toolbox (MATLAB R2021b or newer) is not installed. xverify.verify needs no toolbox.');
end
scripts = dir(fullfile(bundleDir, 'build_*.m'));
if numel(scripts) ~= 1
  error('xverify:build:file', '%s has %d files build_*.m instead of one. Export the bundle again.', bundleDir, numel(scripts));
end
[~, name] = fileparts(scripts.name);
before = cd(bundleDir); % a function of the current folder comes before any other of its name
restored = onCleanup(@() cd(before));
[net, values] = feval(name, varargin{:});
end

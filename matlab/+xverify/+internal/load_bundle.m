function bundle = load_bundle(bundleDir)
%LOAD_BUNDLE What weights.mat of a bundle holds, as one struct.
%   BUNDLE = XVERIFY.INTERNAL.LOAD_BUNDLE(BUNDLEDIR) has the fields folder, id, model, inputs, outputs, layers, tolerances,
%   graph, parameters, preprocessing ([] if the bundle has none) and classes (docs/reference/bundle.md). manifest.json is not read: MATLAB needs none of it.
%
%   Errors: xverify:load:folder, xverify:load:file, xverify:load:damaged, xverify:load:version.

newest = 1; % the format that this code reads
if ~ischar(bundleDir) || isempty(bundleDir) || exist(bundleDir, 'dir') ~= 7
  error('xverify:load:folder', '%s is not a folder. Give the folder that `xverify export -o` wrote.', shown(bundleDir));
end
file = fullfile(bundleDir, 'weights.mat');
if exist(file, 'file') ~= 2
  error('xverify:load:file', '%s is not a bundle: it has no weights.mat. Give the folder that `xverify export -o` wrote.', bundleDir);
end
try
  loaded = load(file);
catch e
  error('xverify:load:damaged', '%s cannot be read (%s). Copy the bundle again.', file, e.message);
end
wanted = {'bundle_id', 'format_version', 'model', 'inputs', 'outputs', 'layers', 'tolerances', 'graph', 'parameters'};
missing = wanted(~isfield(loaded, wanted));
if ~isempty(missing)
  error('xverify:load:damaged', '%s lacks %s: it was cut short, or written by another version. Copy the bundle again, or export it again.', ...
    file, strjoin(missing, ', '));
end
if loaded.format_version > newest
  error('xverify:load:version', '%s has format version %d; this code reads up to %d. Use the matlab folder of the xverify that wrote it.', ...
    file, loaded.format_version, newest);
end
bundle = struct('folder', bundleDir, 'id', loaded.bundle_id);
for name = wanted(3:end)
  bundle.(name{1}) = loaded.(name{1});
end
% Only a bundle of images has these two.
bundle.preprocessing = [];
if isfield(loaded, 'preprocessing')
  bundle.preprocessing = loaded.preprocessing;
end
bundle.classes = bundle.model.classes(:)';
if isfield(loaded, 'classes')
  bundle.classes = loaded.classes(:)';
end
end

function text = shown(value)
if ischar(value) && ~isempty(value)
  text = value;
else
  text = 'The first argument';
end
end

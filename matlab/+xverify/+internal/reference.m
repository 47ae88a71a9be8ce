function values = reference(bundle, items)
%REFERENCE PyTorch's values of inputs or layers, as reference.mat stores them.
%   VALUES = XVERIFY.INTERNAL.REFERENCE(BUNDLE, ITEMS) reads the variables of ITEMS, a cell of BUNDLE.inputs or
%   BUNDLE.layers, into a struct: id -> array.
%
%   Errors: xverify:load:file, xverify:load:damaged, xverify:load:otherBundle.

values = struct();
files = unique(cellfun(@(item) item.file, items(:), 'UniformOutput', false));
for k = 1:numel(files)
  file = fullfile(bundle.folder, files{k});
  if exist(file, 'file') ~= 2
    error('xverify:load:file', '%s is missing from the bundle. Copy the bundle again.', file);
  end
  here = cellfun(@(item) strcmp(item.file, files{k}), items);
  ids = cellfun(@(item) item.id, items(here), 'UniformOutput', false);
  try
    loaded = load(file, 'xverify_info', ids{:});
  catch e
    error('xverify:load:damaged', '%s cannot be read (%s). Copy the bundle again.', file, e.message);
  end
  missing = ids(~isfield(loaded, ids));
  if ~isfield(loaded, 'xverify_info') || ~isempty(missing)
    error('xverify:load:damaged', '%s lacks %s: it was cut short. Copy the bundle again.', file, strjoin([missing(:)', {'its end'}], ', '));
  end
  if ~strcmp(loaded.xverify_info.bundle_id, bundle.id)
    error('xverify:load:otherBundle', '%s is of another bundle than weights.mat beside it. Copy the bundle again.', file);
  end
  for id = ids(:)'
    values.(id{1}) = loaded.(id{1});
  end
end
end

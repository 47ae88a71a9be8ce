function result = samples(source, classes)
%SAMPLES The samples of a data set, in the order in which Python lists them.
%   RESULT = XVERIFY.INTERNAL.SAMPLES(SOURCE, CLASSES) has
%     files    cell, N x 1: a sample's path from the folder, with '/'
%     labels   N x 1: number of its class, from 1; 0 if it is not known
%     folder   where the files lie; '' for a pixels file
%     pixels   uint8, H x W x C x N, of a pixels file; else []
%   SOURCE is a folder of images, of which a folder `test` is taken if it has one that is no class, or a pixels file. A sample of a folder
%   has a label if its path begins with the name of a class; with CLASSES a folder of another name is refused. Hidden files and folders
%   are left out, symbolic links are followed.
%
%   Errors: xverify:evaluate:source.

if ~ischar(source) || isempty(source)
  error('xverify:evaluate:source', 'The second argument is a folder of images or a pixels file.');
end
if exist(source, 'dir') == 7
  result = of_folder(source, classes);
elseif exist(source, 'file') == 2
  result = of_pixels(source);
else
  error('xverify:evaluate:source', '%s does not exist. Give a folder of images or a pixels file.', source);
end
end

function result = of_folder(folder, classes)
if exist(fullfile(folder, 'test'), 'dir') == 7 && ~any(strcmp(classes, 'test'))
  folder = fullfile(folder, 'test');
end
files = sort(images_below(folder, ''));
if isempty(files)
  error('xverify:evaluate:source', '%s holds no images (png, jpg, jpeg, bmp, ppm, pgm, tif, tiff), nor do its folders.', folder);
end
result = struct('files', {files}, 'labels', zeros(numel(files), 1), 'folder', folder, 'pixels', []);
for k = 1:numel(files)
  place = find(files{k} == '/', 1);
  if ~isempty(place)
    label = find(strcmp(classes, files{k}(1:place - 1)), 1);
    if isempty(label) && ~isempty(classes)
      error('xverify:evaluate:source', 'The folder %s in %s is no class of the network (%s). %s', files{k}(1:place - 1), folder, ...
        strjoin(classes(1:min(end, 5)), ', '), 'Name it like its class, or put images without labels into the folder itself.');
    end
    result.labels(k) = sum(label); % 0 where there is none
  end
end
end

function files = images_below(folder, prefix)
%   Paths from the outermost folder, not sorted. Nothing tells MATLAB that a link leads back to where it came from, but it has no end.
if sum(prefix == '/') > 32
  error('xverify:evaluate:source', '%s lies more than 32 folders deep. Remove the link that leads back, or move the images up.', folder);
end
names = names_in(folder);
names = names(~strncmp(names, '.', 1));
isFolder = cellfun(@(name) exist([folder '/' name], 'dir') == 7, names); % fullfile takes ten times as long in Octave
isImage = cellfun(@is_image, names) & ~isFolder;
files = cellfun(@(name) [prefix name], names(isImage), 'UniformOutput', false);
for name = names(isFolder)'
  files = [files; images_below([folder '/' name{1}], [prefix name{1} '/'])]; %#ok<AGROW>
end
end

function answer = is_image(name)
%   No regexp: Octave's fails at a name that is no valid UTF-8.
place = find(name == '.', 1, 'last');
answer = ~isempty(place) && any(strcmpi(name(place + 1:end), {'png', 'jpg', 'jpeg', 'bmp', 'ppm', 'pgm', 'tif', 'tiff'}));
end

function names = names_in(folder)
if exist('OCTAVE_VERSION', 'builtin')
  names = readdir(folder); % Octave's dir takes brackets and stars in a folder's name for patterns
else
  items = dir(folder);
  names = {items.name}';
end
end

function result = of_pixels(file)
try
  loaded = load(file);
catch e
  error('xverify:evaluate:source', '%s cannot be read as a pixels file (%s). Give a folder of images, or copy the file again.', file, e.message);
end
if ~isfield(loaded, 'xverify_info') || ~isfield(loaded.xverify_info, 'kind') || ~strcmp(loaded.xverify_info.kind, 'pixels')
  error('xverify:evaluate:source', '%s is no pixels file of xverify. Give a folder of images or a pixels file.', file);
end
wanted = {'pixels', 'files', 'labels'};
missing = wanted(~isfield(loaded, wanted));
if ~isempty(missing)
  error('xverify:evaluate:source', '%s lacks %s: it was cut short. Copy it again.', file, strjoin(missing, ', '));
end
count = size(loaded.pixels, 4);
if ~isa(loaded.pixels, 'uint8') || ~any(size(loaded.pixels, 3) == [1, 3]) || isempty(loaded.pixels) || ~iscellstr(loaded.files) || ...
    numel(loaded.files) ~= count || numel(loaded.labels) ~= count
  error('xverify:evaluate:source', '%s is damaged: pixels must be uint8, H x W x C x N with 1 or 3 channels, with N files and labels.', file);
end
result = struct('files', {loaded.files(:)}, 'labels', double(loaded.labels(:)), 'folder', '', 'pixels', loaded.pixels);
end

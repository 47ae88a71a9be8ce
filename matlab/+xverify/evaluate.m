function results = evaluate(bundleDir, source, varargin)
%EVALUATE Runs a bundle's network on a data set: its images, prepared as in training, and their scores in one file.
%   RESULTS = XVERIFY.EVALUATE(BUNDLEDIR, SOURCE) reads every image of the folder SOURCE, prepares it as the bundle says (it was
%   exported with `--normalize`), runs the network and writes the scores of all classes into logits.mat in the current folder.
%   `xverify evaluate-parity BUNDLE --data SOURCE --against logits.mat` compares them with PyTorch's, image by image. Where the images
%   lie in folders with the names of the classes, the top-1 accuracy is printed, too. No toolbox is needed.
%
%   XVERIFY.EVALUATE(..., 'Output', FILE) writes another file; '' writes none. A file is written whole or not at all.
%   XVERIFY.EVALUATE(..., 'First', I, 'Count', N) takes N images from the I-th on: a part of the data set. Parts may run on several
%   machines; `--against FOLDER` takes a folder of their files.
%   XVERIFY.EVALUATE(..., 'Batch', N) prepares N images at a time (64) and runs them at once where the network allows it.
%   XVERIFY.EVALUATE(..., 'Inputs', K) also stores the prepared images of K samples (8), spread over the part: they show whether a
%   difference comes from the images or from the network.
%   XVERIFY.EVALUATE(..., 'Print', false) prints nothing.
%
%   Inputs:  BUNDLEDIR  the folder that `xverify export` wrote
%            SOURCE     a folder of images (png, jpg, jpeg, bmp, ppm, pgm, tif, tiff), with or without a folder for each class; its folder
%                       test, if it has one. Or a pixels file, which xverify writes for data that are no image files
%   Output:  RESULTS    struct: logits (single, classes x N), files (cell, N x 1), labels and predicted (N x 1, from 1; 0: unknown),
%                       classes, accuracy (NaN where no label is known), correct, labelled, first, total, batch (images that ran at once), file
%   Images are taken in the order of their paths' character codes. A folder that is no class of the network is refused, as in Python;
%   so are links that lead back to a folder above. Grey images fill all channels, transparency is left out, 16-bit and
%   CMYK images are refused. Which formats can be read, and how a JPEG is decoded, depends on the installation: imread reads them, in
%   GNU Octave with GraphicsMagick. What follows the decoder is integer arithmetic and gives the same bytes everywhere.
%   Errors:  xverify:evaluate:option, xverify:evaluate:preprocessing, xverify:evaluate:network, xverify:evaluate:source,
%            xverify:evaluate:range, xverify:evaluate:image, xverify:evaluate:size, xverify:evaluate:write, those of xverify.run
%
%   Example:
%     results = xverify.evaluate('cifar10-net', 'CIFAR-10-images/test', 'Output', 'octave.mat');
%
%   See also xverify.predict, xverify.info

options = xverify.internal.options('evaluate', varargin, ...
  struct('Output', 'logits.mat', 'First', 1, 'Count', Inf, 'Batch', 64, 'Inputs', 8, 'Print', true));
require_options(options);
bundle = xverify.internal.load_bundle(bundleDir);
recipe = xverify.internal.preprocessing(bundle);
samples = xverify.internal.samples(source, bundle.classes);
chosen = chosen_samples(options, numel(samples.files), source, recipe.scores);
writable(options.Output);

score = xverify.internal.any_batch(bundle, options.Batch);
logits = cell(1, ceil(numel(chosen) / options.Batch));
kept = chosen(unique(round(linspace(1, numel(chosen), min(options.Inputs, numel(chosen))))));
inputs = cell(1, numel(kept));
show_progress = progress(numel(chosen), options.Print);
for k = 1:numel(logits)
  group = chosen((k - 1) * options.Batch + 1:min(k * options.Batch, numel(chosen)));
  x = xverify.internal.image_tensor(prepared(samples, group, recipe), recipe);
  [logits{k}, atOnce] = score(x);
  [~, here, place] = intersect(group, kept);
  for j = 1:numel(here)
    inputs{place(j)} = x(:, :, :, here(j));
  end
  show_progress(group(end) - chosen(1) + 1);
end
results = judged([logits{:}], samples, chosen, bundle.classes);
if options.Print
  print_accuracy(results);
end
results.batch = atOnce;
results.file = options.Output;
if ~isempty(options.Output)
  write_logits(options.Output, results, bundle, samples.files(kept), cat(4, inputs{:}));
end
if nargout == 0
  clear results % a value that nobody asked for would be printed
end
end

function require_options(options)
whole = @(x, least) isnumeric(x) && isscalar(x) && isreal(x) && x >= least && (x == round(x));
fits = [ischar(options.Output), whole(options.First, 1), whole(options.Count, 1), whole(options.Batch, 1) && isfinite(options.Batch), ...
  whole(options.Inputs, 0)];
names = {'Output', 'First', 'Count', 'Batch', 'Inputs'};
wanted = {'a file name', 'a whole number from 1', 'a whole number from 1, or Inf', 'a whole number from 1', 'a whole number from 0'};
if ~all(fits)
  k = find(~fits, 1);
  error('xverify:evaluate:option', 'The option %s takes %s.', names{k}, wanted{k});
end
end

function chosen = chosen_samples(options, total, source, scores)
if options.First > total
  error('xverify:evaluate:range', '''First'' is %d, but %s has %d samples.', options.First, source, total);
end
chosen = options.First:min(options.First + options.Count - 1, total);
most = floor(1.5e9 / (4 * scores)); % a variable of a MAT file ends at 2 GB
if numel(chosen) > most
  error('xverify:evaluate:range', 'The scores of %d samples do not fit into one file. Take parts of at most %d with ''First'' and ''Count''.', ...
    numel(chosen), most);
end
end

function writable(file)
%   Before anything runs: hours of work must not end at a folder that is not there.
if isempty(file)
  return
end
if exist(file, 'dir') == 7
  error('xverify:evaluate:write', '%s is a folder. Name a file with the option ''Output''.', file);
end
partial = [file '.partial'];
[number, problem] = fopen(partial, 'w');
if number < 0
  error('xverify:evaluate:write', '%s cannot be written (%s). Name another file with the option ''Output''.', file, problem);
end
fclose(number);
delete(partial);
end

function pixels = prepared(samples, group, recipe)
pixels = zeros([recipe.size, numel(group)], 'uint8');
for k = 1:numel(group)
  name = samples.files{group(k)};
  if isempty(samples.folder)
    decoded = samples.pixels(:, :, :, group(k));
  else
    decoded = xverify.internal.image_decode([samples.folder '/' name]); % Octave's fullfile fails at invalid UTF-8
  end
  pixels(:, :, :, k) = xverify.internal.image_prepare(decoded, recipe, name);
end
end

function show = progress(total, isShown)
%   A line now and then, and one at the end.
started = tic;
last = -Inf;
show = @line;

  function line(done)
    seconds = toc(started);
    if isShown && (done == total || seconds - last >= 10)
      last = seconds;
      fprintf('%d of %d samples, %.0f s\n', done, total, seconds);
      if exist('OCTAVE_VERSION', 'builtin')
        fflush(stdout); % Octave keeps it back where a program reads it
      end
    end
  end
end

function results = judged(logits, samples, chosen, classes)
[~, predicted] = max(logits, [], 1);
predicted(any(isnan(logits), 1)) = 0;
labels = samples.labels(chosen(:));
known = labels > 0;
correct = sum(predicted(:) == labels & known);
accuracy = NaN;
if any(known)
  accuracy = correct / sum(known);
end
results = struct('logits', logits, 'files', {samples.files(chosen(:))}, 'labels', labels, 'predicted', predicted(:), ...
  'classes', {classes}, 'accuracy', accuracy, 'correct', correct, 'labelled', sum(known), 'first', chosen(1), 'total', numel(samples.files));
end

function print_accuracy(results)
if results.labelled == 0
  fprintf('No labels are known: no folder has the name of a class.\n');
  return
end
for k = unique(results.labels(results.labels > 0))'
  here = results.labels == k;
  name = sprintf('class %d', k);
  if k <= numel(results.classes)
    name = results.classes{k};
  end
  fprintf('  %-20s %6.2f%%  %d of %d\n', name, 100 * mean(results.predicted(here) == k), sum(results.predicted(here) == k), sum(here));
end
fprintf('Top-1 accuracy %.2f%%: %d of %d samples', 100 * results.accuracy, results.correct, results.labelled);
if results.labelled < numel(results.labels)
  fprintf(' (%d more have no label)', numel(results.labels) - results.labelled);
end
fprintf('\n');
end

function write_logits(file, results, bundle, names, inputs)
info = struct('kind', 'logits', 'producer', xverify.internal.producer(), 'bundle_id', bundle.id, 'first', results.first, 'total', results.total);
content = struct('xverify_info', info, 'logits', results.logits, 'files', {cellfun(@readable, results.files, 'UniformOutput', false)}, ...
  'input_files', {cellfun(@readable, names(:), 'UniformOutput', false)}, 'inputs', single(inputs));
xverify.internal.save_whole(file, content, 'xverify:evaluate:write');
end

function name = readable(name)
%   Characters beyond 16 bits (4 bytes of UTF-8 in Octave, two codes in MATLAB) make a MAT file that scipy cannot read: '?' for each run of
%   what is not ASCII, by which Python compares names anyway.
if any((name >= 240 & name <= 255) | (name >= 55296 & name <= 57343))
  other = name < 32 | name > 126;
  name(other) = '?';
  name(other & [false, other(1:end - 1)]) = [];
end
end

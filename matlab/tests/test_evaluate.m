function tests = test_evaluate
%TEST_EVALUATE xverify.evaluate: images from files to scores, and its errors.

tests = xverify_tests(localfunctions());
end

function folder = bundle_of_images()
%   The bundle `images` (9 x 7 x 3, batch 2), told how an image becomes its input.
folder = tempname();
copyfile(fullfile(getenv('XVERIFY_TEST_BUNDLES'), 'images'), folder);
change(folder, 'w.preprocessing = recipe();');
end

function value = recipe()
value = struct('channels', 'BGR', 'resize', [], 'crop', [9 7], 'interpolation', 'bilinear', 'scale', 255, ...
  'mean', [0.4 0.5 0.6], 'std', [0.2 0.3 0.25]);
end

function change(folder, code)
path = fullfile(folder, 'weights.mat');
w = load(path); %#ok<NASGU>
eval(code);
save(path, '-struct', 'w', '-v6');
end

function [folder, images] = images_in_classes()
%   Five images in the order of their paths: two of cat, one of x, two in no folder.
folder = tempname();
names = {'Above.png', 'cat/10.png', 'cat/9.PNG', 'top.png', 'x/k.png'};
images = cell(1, numel(names));
for k = 1:numel(names)
  [below, ~] = fileparts(fullfile(folder, names{k}));
  if exist(below, 'dir') ~= 7
    mkdir(below);
  end
  images{k} = uint8(mod(reshape(1:10 * 8 * 3, 10, 8, 3) * (7 + k) + 31 * k, 256));
  imwrite(images{k}, fullfile(folder, names{k}), 'png');
end
end

function x = prepared(image)
%   By hand what recipe() says: the crop's margins are 1 and 1, half of 1 goes to the even 0.
x = single(image(1:9, 1:7, [3 2 1])) / single(255);
x = (x - reshape(single([0.4 0.5 0.6]), 1, 1, 3)) ./ reshape(single([0.2 0.3 0.25]), 1, 1, 3);
end

function must_raise(identifier, call)
try
  call();
catch e
  assert(strcmp(e.identifier, identifier), sprintf('raised %s (%s) instead of %s', e.identifier, e.message, identifier));
  return
end
error('xverify:tests:silent', 'nothing was raised instead of %s', identifier);
end

function test_scores_are_those_of_the_images_in_order(~)
bundle = bundle_of_images();
[folder, images] = images_in_classes();
file = [tempname() '.mat'];
results = xverify.evaluate(bundle, folder, 'Output', file, 'Inputs', 2, 'Print', false);
assert(isequal(results.files, {'Above.png'; 'cat/10.png'; 'cat/9.PNG'; 'top.png'; 'x/k.png'}));
assert(isequal(results.labels, [0; 1; 1; 0; 4]));
for k = 1:5
  expected = xverify.predict(bundle, prepared(images{k}));
  assert(max(abs(results.logits(:, k) - expected)) < 1e-5);
end
[~, best] = max(results.logits);
assert(isequal(results.predicted, best(:)) && results.labelled == 3);
assert(results.correct == sum(best([2 3 5]) == [1 1 4]) && results.accuracy == results.correct / 3);
written = load(file);
assert(isequal(written.logits, results.logits) && isa(written.logits, 'single') && isequal(written.files, results.files));
assert(strcmp(written.xverify_info.kind, 'logits') && written.xverify_info.first == 1 && written.xverify_info.total == 5);
assert(isequal(written.input_files, {'Above.png'; 'x/k.png'}));
assert(isequal(written.inputs, cat(4, prepared(images{1}), prepared(images{5}))));
assert(exist([file '.partial'], 'file') == 0);
end

function test_parts_are_the_whole(~)
bundle = bundle_of_images();
folder = images_in_classes();
whole = xverify.evaluate(bundle, folder, 'Output', '', 'Print', false);
first = xverify.evaluate(bundle, folder, 'Count', 2, 'Output', '', 'Print', false, 'Batch', 1);
rest = xverify.evaluate(bundle, folder, 'First', 3, 'Output', '', 'Print', false);
assert(isequal([first.files; rest.files], whole.files) && isequal([first.labels; rest.labels], whole.labels));
assert(first.first == 1 && rest.first == 3 && first.total == 5 && rest.total == 5 && first.batch == 1 && rest.batch == 64);
difference = abs([first.logits, rest.logits] - whole.logits);
assert(max(difference(:)) < 1e-5);
end

function test_accuracy_is_printed_with_names(~)
bundle = bundle_of_images();
folder = images_in_classes();
text = evalc('results = xverify.evaluate(bundle, folder, ''Output'', '''');');
assert(~isempty(strfind(text, sprintf('Top-1 accuracy %.2f%%: %d of 3 samples (2 more have no label)', 100 * results.accuracy, results.correct)))); %#ok<STREMP>
assert(~isempty(strfind(text, '5 of 5 samples')) && ~isempty(regexp(text, '  cat +\d+\.\d\d%  \d of 2', 'once'))); %#ok<STREMP>
text = evalc('results = xverify.evaluate(bundle, fullfile(folder, ''cat''), ''Output'', '''');');
assert(isnan(results.accuracy) && ~isempty(strfind(text, 'No labels are known'))); %#ok<STREMP>
end

function test_a_folder_that_is_no_class_is_refused(~)
bundle = bundle_of_images();
folder = images_in_classes();
mkdir(fullfile(folder, 'Cat'));
copyfile(fullfile(folder, 'top.png'), fullfile(folder, 'Cat', '1.png'));
try
  xverify.evaluate(bundle, folder, 'Output', '', 'Print', false);
  error('xverify:tests:silent', 'nothing was raised');
catch e
  assert(strcmp(e.identifier, 'xverify:evaluate:source') && ~isempty(strfind(e.message, 'The folder Cat')), e.message); %#ok<STREMP>
end
change(bundle, 'w.classes = {};');
results = xverify.evaluate(bundle, folder, 'Output', '', 'Print', false);
assert(numel(results.files) == 6 && results.labelled == 0);
end

function test_links_are_followed_to_their_end(~)
if ~isunix()
  return
end
bundle = bundle_of_images();
folder = images_in_classes();
elsewhere = tempname();
movefile(fullfile(folder, 'cat'), elsewhere);
assert(system(sprintf('ln -s "%s" "%s"', elsewhere, fullfile(folder, 'cat'))) == 0);
results = xverify.evaluate(bundle, folder, 'Output', '', 'Print', false);
assert(isequal(results.files, {'Above.png'; 'cat/10.png'; 'cat/9.PNG'; 'top.png'; 'x/k.png'}));
assert(system(sprintf('ln -s "%s" "%s"', folder, fullfile(elsewhere, 'up'))) == 0);
must_raise('xverify:evaluate:source', @() xverify.evaluate(bundle, folder, 'Output', '', 'Print', false));
end

function test_a_name_that_is_no_utf8_is_read(~)
if ~isunix() || ~exist('OCTAVE_VERSION', 'builtin')
  return
end
folder = images_in_classes();
assert(rename([folder '/top.png'], [folder '/bad' char(255) '.png']) == 0); % copyfile fails at the name, too
results = xverify.evaluate(bundle_of_images(), folder, 'Output', '', 'Print', false);
assert(numel(results.files) == 5 && strncmp(results.files{2}, 'bad', 3));
end

function test_a_name_beyond_16_bits_is_written_as_ascii(~)
if ~isunix() || ~exist('OCTAVE_VERSION', 'builtin')
  return
end
folder = images_in_classes();
copyfile(fullfile(folder, 'top.png'), fullfile(folder, ['zz' char([240 159 145 141]) '.png']));
file = [tempname() '.mat'];
results = xverify.evaluate(bundle_of_images(), folder, 'Output', file, 'Print', false);
written = load(file);
assert(strcmp(written.files{end}, 'zz?.png') && strcmp(written.input_files{end}, 'zz?.png') && double(results.files{end}(3)) == 240);
end

function test_a_folder_test_is_taken(~)
[folder, ~] = images_in_classes();
outer = tempname();
mkdir(outer);
copyfile(folder, fullfile(outer, 'test'));
results = xverify.evaluate(bundle_of_images(), outer, 'Output', '', 'Print', false);
assert(numel(results.files) == 5 && strcmp(results.files{1}, 'Above.png'));
end

function test_a_pixels_file_gives_what_its_images_give(~)
bundle = bundle_of_images();
[folder, images] = images_in_classes();
expected = xverify.evaluate(bundle, folder, 'Output', '', 'Print', false);
file = [tempname() '.mat'];
xverify_info = struct('kind', 'pixels'); %#ok<NASGU>
pixels = cat(4, images{:}); %#ok<NASGU>
files = {'test/1'; 'test/2'; 'test/3'; 'test/4'; 'test/5'};
labels = [1; 2; 3; 4; 0]; %#ok<NASGU>
save(file, 'xverify_info', 'pixels', 'files', 'labels', '-v6');
results = xverify.evaluate(bundle, file, 'Output', '', 'Print', false);
assert(isequal(results.logits, expected.logits) && isequal(results.files, files) && results.labelled == 4);
labels = [1; 2]; %#ok<NASGU>
save(file, 'xverify_info', 'pixels', 'files', 'labels', '-v6');
must_raise('xverify:evaluate:source', @() xverify.evaluate(bundle, file, 'Output', '', 'Print', false));
end

function test_bad_input_has_identifiers(~)
bundle = bundle_of_images();
folder = images_in_classes();
empty = tempname();
mkdir(empty);
run = @(varargin) xverify.evaluate(varargin{:}, 'Output', '', 'Print', false);
must_raise('xverify:load:folder', @() run('no-such-folder', folder));
must_raise('xverify:evaluate:source', @() run(bundle, 'no-such-folder'));
must_raise('xverify:evaluate:source', @() run(bundle, empty));
must_raise('xverify:evaluate:source', @() run(bundle, fullfile(bundle, 'weights.mat')));
must_raise('xverify:evaluate:source', @() run(bundle, 5));
must_raise('xverify:evaluate:range', @() run(bundle, folder, 'First', 6));
must_raise('xverify:evaluate:option', @() run(bundle, folder, 'First', 0));
must_raise('xverify:evaluate:option', @() run(bundle, folder, 'Count', 1.5));
must_raise('xverify:evaluate:option', @() run(bundle, folder, 'Batch', Inf));
must_raise('xverify:evaluate:option', @() run(bundle, folder, 'Inputs', -1));
must_raise('xverify:evaluate:option', @() run(bundle, folder, 'Shards', 3));
must_raise('xverify:evaluate:write', @() xverify.evaluate(bundle, folder, 'Output', fullfile(folder, 'no', 'such.mat')));
must_raise('xverify:evaluate:write', @() xverify.evaluate(bundle, folder, 'Output', folder));
end

function test_images_that_do_not_fit_are_refused_by_name(~)
bundle = bundle_of_images();
folder = images_in_classes();
change(bundle, 'w.preprocessing.crop = [];');
must_raise('xverify:evaluate:size', @() xverify.evaluate(bundle, folder, 'Output', '', 'Print', false));
change(bundle, 'w.preprocessing.crop = [11 7];');
must_raise('xverify:evaluate:size', @() xverify.evaluate(bundle, folder, 'Output', '', 'Print', false));
change(bundle, 'w.preprocessing.crop = [9 7];');
file = fopen(fullfile(folder, 'cat', '11.png'), 'w');
fprintf(file, 'no image');
fclose(file);
try
  xverify.evaluate(bundle, folder, 'Output', '', 'Print', false);
  error('xverify:tests:silent', 'nothing was raised');
catch e
  assert(strcmp(e.identifier, 'xverify:evaluate:image') && ~isempty(strfind(e.message, '11.png')), e.message); %#ok<STREMP>
end
imwrite(uint16(reshape(1:80, 10, 8) * 800), fullfile(folder, 'cat', '11.png'), 'png');
must_raise('xverify:evaluate:image', @() xverify.evaluate(bundle, folder, 'Output', '', 'Print', false));
end

function test_a_bundle_without_preprocessing_is_refused(~)
folder = images_in_classes();
plain = fullfile(getenv('XVERIFY_TEST_BUNDLES'), 'images');
must_raise('xverify:evaluate:preprocessing', @() xverify.evaluate(plain, folder, 'Output', '', 'Print', false));
bundle = bundle_of_images();
for code = {'w.preprocessing = rmfield(w.preprocessing, ''std'');', 'w.preprocessing = recipe(); w.preprocessing.channels = ''HSV'';', ...
    'w.preprocessing = recipe(); w.preprocessing.interpolation = ''lanczos'';', 'w.preprocessing = recipe(); w.preprocessing.channels = ''L'';', ...
    'w.preprocessing = recipe(); w.preprocessing.std = [1 0 1];'}
  change(bundle, code{1});
  must_raise('xverify:evaluate:preprocessing', @() xverify.evaluate(bundle, folder, 'Output', '', 'Print', false));
end
end

function test_a_network_without_images_is_refused(~)
folder = tempname();
copyfile(fullfile(getenv('XVERIFY_TEST_BUNDLES'), 'sequences'), folder);
change(folder, 'w.preprocessing = recipe();');
must_raise('xverify:evaluate:network', @() xverify.evaluate(folder, images_in_classes(), 'Output', '', 'Print', false));
bundle = bundle_of_images();
change(bundle, 'w.classes = {''cat'', ''dog''};');
must_raise('xverify:evaluate:network', @() xverify.evaluate(bundle, images_in_classes(), 'Output', '', 'Print', false));
end

function test_scores_beyond_one_file_are_refused_before_anything_runs(~)
bundle = bundle_of_images();
change(bundle, 'w.classes = {}; w.layers{end}.shape(2) = 1e8;');
must_raise('xverify:evaluate:range', @() xverify.evaluate(bundle, images_in_classes(), 'Output', '', 'Print', false));
end

function test_info_shows_the_preprocessing(~)
folder = bundle_of_images();
info = xverify.info(folder);
assert(isequal(info.preprocessing.crop, [9 7]) && isequal(info.classes, {'cat', 'dog', 'it''s', 'x'}));
text = evalc('xverify.info(folder)');
assert(~isempty(strfind(text, 'preprocessing: BGR, centre 9 x 7, (pixels / 255 - [0.4 0.5 0.6]) / [0.2 0.3 0.25]'))); %#ok<STREMP>
plain = xverify.info(fullfile(getenv('XVERIFY_TEST_BUNDLES'), 'images'));
assert(isempty(plain.preprocessing));
end

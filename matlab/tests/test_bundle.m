function tests = test_bundle
%TEST_BUNDLE What a user calls on a bundle: run, verify, info and predict; and their errors.

tests = xverify_tests(localfunctions());
end

function folder = copied(name)
%   A copy of a bundle that a test may change.
folder = tempname();
copyfile(fullfile(getenv('XVERIFY_TEST_BUNDLES'), name), folder);
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

function change(folder, file, code)
%   Changes variables of a .mat file: CODE works on the struct w.
path = fullfile(folder, file);
w = load(path);
eval(code);
save(path, '-struct', 'w', '-v6');
end

function test_verify_passes(~)
folder = copied('images');
result = xverify.verify(folder, 'Print', false);
assert(result.passed && result.hasLocal);
assert(result.compared == numel(result.layers) && result.compared > 5);
assert(isempty(result.firstFault) && isempty(result.firstFailed));
assert(exist(fullfile(folder, 'activations.mat'), 'file') == 2);
assert(strcmp(result.file, fullfile(folder, 'activations.mat')));
end

function test_verify_prints_a_row_a_layer_and_the_verdict(~)
folder = copied('images');
text = evalc('result = xverify.verify(folder);');
lines = strsplit(strtrim(text), sprintf('\n'));
assert(numel(lines) == numel(result.layers) + 2); % a heading and the verdict; strsplit joins line ends
assert(~isempty(strfind(lines{end}, sprintf('PASSED  images in %s, %d of %d', xverify.internal.producer(), result.compared, result.compared)))); %#ok<STREMP>
end

function test_verify_of_sequences_passes(~)
result = xverify.verify(copied('sequences'), 'Print', false);
assert(result.passed && result.compared == numel(result.layers));
end

function test_verify_names_the_first_fault(~)
folder = copied('images');
change(folder, 'weights.mat', 'w.parameters.norm_TrainedMean.value(2) = w.parameters.norm_TrainedMean.value(2) + single(1e-3);');
text = evalc('result = xverify.verify(folder);');
assert(~result.passed && strcmp(result.firstFault, 'norm') && strcmp(result.firstFailed, 'norm'));
assert(~isempty(strfind(text, 'First fault: norm (batch_norm): local error'))); %#ok<STREMP>
row = result.layers(strcmp({result.layers.id}, 'norm'));
assert(row.local.where(2) == 1); % PyTorch's channel 1, from 0
whole = xverify.verify(folder, 'Local', false, 'Print', false);
assert(~whole.passed && ~whole.hasLocal && isempty(whole.firstFault) && strcmp(whole.firstFailed, 'norm'));
end

function test_verify_writes_nothing_where_asked(~)
folder = copied('images');
xverify.verify(folder, 'Output', '', 'Print', false);
assert(exist(fullfile(folder, 'activations.mat'), 'file') == 0);
end

function test_verify_judges_a_file(~)
folder = copied('images');
file = xverify.run(folder);
result = xverify.verify(folder, 'Activations', file, 'Print', false);
assert(result.passed && strcmp(result.file, file));
change(folder, 'activations.mat', 'w.relu(1) = NaN;');
result = xverify.verify(folder, 'Activations', file, 'Print', false);
assert(~result.passed && strcmp(result.firstFailed, 'relu'));
change(folder, 'activations.mat', 'w = rmfield(w, ''relu'');');
result = xverify.verify(folder, 'Activations', file, 'Print', false);
row = result.layers(strcmp({result.layers.id}, 'relu'));
assert(~result.passed && isempty(result.firstFailed) && strcmp(row.status, 'not compared'));
end

function test_a_variable_that_is_no_layer_fails_a_file(~)
folder = copied('images');
file = xverify.run(folder, 'Local', true);
result = xverify.verify(folder, 'Activations', file, 'Print', false);
assert(result.passed && isempty(result.extra));
change(folder, 'activations.mat', 'w.conv_99 = w.relu;');
result = xverify.verify(folder, 'Activations', file, 'Print', false);
assert(~result.passed && isequal(result.extra, {'conv_99'}) && isempty(result.firstFailed));
end

function test_verify_refuses_shapes_and_complex_values(~)
folder = copied('images');
file = xverify.run(folder);
change(folder, 'activations.mat', 'w.relu = permute(w.relu, [2 1 3 4]); w.norm = complex(w.norm, 1);');
result = xverify.verify(folder, 'Activations', file, 'Print', false);
rows = result.layers(strcmp({result.layers.id}, 'relu') | strcmp({result.layers.id}, 'norm'));
assert(all(strcmp({rows.status}, 'failed')));
end

function test_verify_refuses_a_file_of_another_bundle(~)
file = xverify.run(copied('images'));
must_raise('xverify:verify:otherBundle', @() xverify.verify(copied('sequences'), 'Activations', file, 'Print', false));
must_raise('xverify:verify:file', @() xverify.verify(copied('images'), 'Activations', 'no-such-file.mat'));
end

function test_all_zero_layers_prove_nothing(~)
folder = copied('images');
change(folder, 'weights.mat', 'w.layers{2}.all_zero = 1;');
result = xverify.verify(folder, 'Print', false);
assert(~result.passed && result.compared == numel(result.layers) - 1);
assert(strncmp(result.layers(2).reason, 'all zero', 8));
end

function test_ill_conditioned_layers_need_a_local_error(~)
folder = copied('images');
change(folder, 'weights.mat', 'w.tolerances.(w.layers{2}.id).ill_conditioned = 1;');
result = xverify.verify(folder, 'Print', false);
assert(result.passed && strncmp(result.layers(2).reason, 'judged by its local error alone', 31));
result = xverify.verify(folder, 'Print', false, 'Local', false);
assert(~result.passed && strcmp(result.layers(2).status, 'not compared'));
end

function test_channels_have_tolerances_of_their_own(~)
folder = copied('images');
w = load(fullfile(folder, 'weights.mat'));
first = w.layers{1};
count = first.shape(2);
assert(strcmp(first.dims, 'SSCB') && count > 2);
change(folder, 'weights.mat', ['t = w.tolerances.(w.layers{1}.id); n = w.layers{1}.shape(2); t.channel_axis = 2; ' ...
  't.channel_local = ones(1, n); t.channel_accumulated = [1, 0, ones(1, n - 2)]; w.tolerances.(w.layers{1}.id) = t;']);
change(folder, 'reference.mat', sprintf('w.%s(1, 2, 2, 1) = w.%s(1, 2, 2, 1) + single(0.01);', first.id, first.id));
result = xverify.verify(folder, 'Print', false, 'Local', false);
row = result.layers(1);
assert(strcmp(row.status, 'failed') && row.accumulated.allowed == 0 && row.accumulated.where(2) == 1);
end

function test_run_writes_what_compare_reads(~)
folder = copied('images');
other = [tempname() '.mat'];
file = xverify.run(folder, 'Output', other, 'Local', true);
assert(strcmp(file, other) && exist(fullfile(folder, 'activations.mat'), 'file') == 0);
written = load(file);
assert(strcmp(written.xverify_info.producer, xverify.internal.producer()));
assert(isa(written.relu, 'single') && isequal(size(written.relu), size(written.xverify_local_relu)));
judged = xverify.verify(folder, 'Activations', file, 'Print', false);
assert(judged.passed && judged.hasLocal);
assert(~isfield(load(xverify.run(folder)), 'xverify_local_relu'));
end

function test_run_takes_other_inputs(~)
folder = copied('images');
bundle = xverify.internal.load_bundle(folder);
inputs = xverify.internal.reference_inputs(bundle);
written = load(xverify.run(folder, 'Inputs', {inputs{1} * 2}));
assert(isequal(written.(bundle.inputs{1}.id), inputs{1} * 2));
same = load(xverify.run(folder, 'Inputs', inputs));
result = xverify.verify(folder, 'Activations', fullfile(folder, 'activations.mat'), 'Print', false);
assert(result.passed && max(abs(same.conv(:) - written.conv(:))) > 0.1);
must_raise('xverify:run:inputs', @() xverify.run(folder, 'Inputs', {ones(7, 9, 3, 2)}));
must_raise('xverify:run:inputs', @() xverify.run(folder, 'Inputs', ones(9, 7, 3, 2)));
end

function test_bad_input_has_identifiers(~)
folder = copied('images');
must_raise('xverify:load:folder', @() xverify.run('no-such-folder'));
must_raise('xverify:load:file', @() xverify.info(tempdir()));
must_raise('xverify:run:option', @() xverify.run(folder, 'Outputs', 'x'));
must_raise('xverify:verify:option', @() xverify.verify(folder, 'Print'));
must_raise('xverify:run:write', @() xverify.run(folder, 'Output', fullfile(folder, 'no', 'such', 'folder.mat')));
end

function test_a_newer_format_is_refused(~)
folder = copied('images');
change(folder, 'weights.mat', 'w.format_version = 2;');
must_raise('xverify:load:version', @() xverify.run(folder));
end

function test_a_file_without_all_variables_is_refused(~)
folder = copied('images');
change(folder, 'weights.mat', 'w = rmfield(w, ''graph'');');
must_raise('xverify:load:damaged', @() xverify.run(folder));
end

function test_the_reference_of_another_bundle_is_refused(~)
folder = copied('images');
change(folder, 'reference.mat', 'w.xverify_info.bundle_id = ''other'';');
must_raise('xverify:load:otherBundle', @() xverify.run(folder));
delete(fullfile(folder, 'reference.mat'));
must_raise('xverify:load:file', @() xverify.run(folder));
end

function test_unknown_operations_are_listed_before_anything_runs(~)
folder = copied('images');
change(folder, 'weights.mat', 'w.graph{2}.op = ''fancyLayer''; w.graph{3}.op = ''Fancy'';');
try
  xverify.run(folder);
  error('xverify:tests:silent', 'nothing was raised');
catch e
  assert(strcmp(e.identifier, 'xverify:run:unsupported'), e.message);
  assert(~isempty(strfind(e.message, 'Fancy (')) && ~isempty(strfind(e.message, 'fancyLayer ('))); %#ok<STREMP>
end
end

function test_a_value_of_another_size_names_its_layer(~)
folder = copied('images');
change(folder, 'weights.mat', 'w.layers{2}.shape(3) = w.layers{2}.shape(3) + 1;');
must_raise('xverify:run:size', @() xverify.run(folder));
end

function test_info_lists_inputs_outputs_and_layers(~)
info = xverify.info(fullfile(getenv('XVERIFY_TEST_BUNDLES'), 'images'));
assert(strcmp(info.name, 'images') && strcmp(info.inputs.dims, 'SSCB') && isequal(info.inputs.size, [9 7 3 2]));
assert(strcmp(info.outputs.dims, 'CB') && isequal(info.outputs.size, [4 2]));
assert(isequal(info.classes, {'cat', 'dog', 'it''s', 'x'}));
assert(info.parameters > 100 && numel(info.layers) > 5);
text = evalc('xverify.info(fullfile(getenv(''XVERIFY_TEST_BUNDLES''), ''images''))');
assert(~isempty(strfind(text, '9 x 7 x 3 x 2 (SSCB)'))); %#ok<STREMP>
assert(isempty(strfind(text, 'ans ='))); %#ok<STREMP>
end

function test_predict_gives_the_recorded_output_for_any_number_of_observations(~)
folder = fullfile(getenv('XVERIFY_TEST_BUNDLES'), 'images');
bundle = xverify.internal.load_bundle(folder);
inputs = xverify.internal.reference_inputs(bundle);
output = bundle.layers{cellfun(@(layer) strcmp(layer.id, bundle.outputs{1}.layer), bundle.layers)};
recorded = xverify.internal.reference(bundle, {output});
expected = recorded.(output.id);
[two, net] = xverify.predict(folder, inputs{1});
assert(max(abs(two(:) - expected(:))) < 1e-5);
five = xverify.predict(net, inputs{1}(:, :, :, [2 1 1 2 2]));
assert(isequal(size(five), [4 5]) && max(max(abs(five - expected(:, [2 1 1 2 2])))) < 1e-5);
one = xverify.predict(net, double(inputs{1}(:, :, :, 2)));
assert(isequal(size(one), [4 1]) && isa(one, 'single') && max(abs(one - expected(:, 2))) < 1e-5);
end

function test_predict_refuses_other_inputs(~)
folder = fullfile(getenv('XVERIFY_TEST_BUNDLES'), 'images');
must_raise('xverify:predict:inputs', @() xverify.predict(folder));
must_raise('xverify:predict:size', @() xverify.predict(folder, single(ones(7, 9, 3, 2))));
must_raise('xverify:predict:class', @() xverify.predict(folder, uint8(ones(9, 7, 3, 2))));
must_raise('xverify:predict:class', @() xverify.predict(folder, complex(ones(9, 7, 3, 2), 1)));
must_raise('xverify:predict:batch', @() xverify.predict(folder, single(ones(9, 7, 3, 0))));
end

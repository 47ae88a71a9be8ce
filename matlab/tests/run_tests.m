function run_tests()
%RUN_TESTS Runs every test_*.m of this folder in GNU Octave; MATLAB has `runtests` for it.
%   RUN_TESTS() prints a line a test, and raises xverify:tests:failed at the end if one fails.
%   The tests need files that Python makes: see xverify_tests.

folder = fileparts(mfilename('fullpath'));
files = dir(fullfile(folder, 'test_*.m'));
failures = {};
for k = 1:numel(files)
  [~, name] = fileparts(files(k).name);
  tests = feval(name);
  for j = 1:numel(tests)
    label = sprintf('%s/%s', name, func2str(tests{j}));
    try
      tests{j}([]);
      fprintf('ok      %s\n', label);
    catch e
      fprintf('FAILED  %s: [%s] %s\n', label, e.identifier, e.message);
      failures{end + 1} = label; %#ok<AGROW>
    end
  end
end
if ~isempty(failures)
  error('xverify:tests:failed', '%d tests failed: %s', numel(failures), strjoin(failures, ', '));
end
end

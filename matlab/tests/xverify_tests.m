function tests = xverify_tests(handles)
%XVERIFY_TESTS What a test file returns: in MATLAB a suite for `runtests`, in Octave the functions for run_tests.
%   TESTS = XVERIFY_TESTS(LOCALFUNCTIONS) keeps the functions whose names begin with 'test_'. Each takes one argument, MATLAB's test
%   case, and raises an error to fail.
%
%   The tests read two environment variables: XVERIFY_TEST_BUNDLES, a folder with the bundles `images` and `sequences`, and
%   XVERIFY_TEST_CASES, a folder of case files for check_cases. `python -m tests.matlab.make_test_files FOLDER` writes both.

isTest = cellfun(@(handle) strncmp(func2str(handle), 'test_', 5), handles);
tests = handles(isTest);
if ~exist('OCTAVE_VERSION', 'builtin')
  tests = functiontests(tests);
end
end

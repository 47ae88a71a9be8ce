function tests = test_cases
%TEST_CASES Layers and operators against values that PyTorch and ONNX computed.

tests = xverify_tests(localfunctions());
end

function test_every_case_file(~)
folder = getenv('XVERIFY_TEST_CASES');
files = dir(fullfile(folder, '*.mat'));
assert(~isempty(files), 'XVERIFY_TEST_CASES names no folder of case files');
for k = 1:numel(files)
  evalc('check_cases(fullfile(folder, files(k).name))');
end
end

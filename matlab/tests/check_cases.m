function check_cases(file)
%CHECK_CASES Compares functions of +layers or +operators with values that PyTorch or ONNX computed.
%   CHECK_CASES(FILE) loads the cell `cases` of a .mat file and runs each case. A case is a struct:
%     name        what it tries, for messages
%     kind        'layers' or 'operators'
%     op          the function: 'convolution2dLayer', 'Reshape'
%     attributes  struct, as a step of weights.mat has it
%     parameters  struct of arrays (layers only; an empty struct for operators)
%     rank        PyTorch's rank of the (first) input (layers only)
%     inputs      cell: arrays for layers; for operators structs with data and rank, or [] for an operand left out
%     expected    cell: arrays for layers, structs with data and rank for operators
%     atol        largest absolute error that passes; 0 asks for equality
%   Class, size, rank and the places of NaN and Inf must be equal.
%
%   Errors: xverify:tests:failed lists every case that failed; xverify:tests:empty if there are none.

loaded = load(file);
cases = loaded.cases;
if isempty(cases)
  error('xverify:tests:empty', '%s holds no cases.', file);
end
failures = {};
for k = 1:numel(cases)
  problem = problem_of(cases{k});
  if ~isempty(problem)
    failures{end + 1} = sprintf('%s %s: %s', cases{k}.op, cases{k}.name, problem); %#ok<AGROW>
  end
end
if ~isempty(failures)
  error('xverify:tests:failed', '%d of %d cases failed:\n%s', numel(failures), numel(cases), sprintf('  %s\n', failures{:}));
end
fprintf('%d cases passed\n', numel(cases));
end

function problem = problem_of(c)
step = struct('attributes', c.attributes, 'parameters', c.parameters, 'rank', c.rank);
step.op = c.op;
outputs = cell(1, numel(c.expected));
try
  [outputs{:}] = feval(['xverify.' c.kind '.' c.op], step, c.inputs{:});
catch e
  problem = [e.identifier ' ' e.message];
  return
end
problem = '';
for k = 1:numel(outputs)
  problem = difference(outputs{k}, c.expected{k}, c.atol);
  if ~isempty(problem)
    problem = sprintf('output %d: %s', k, problem);
    return
  end
end
end

function problem = difference(actual, expected, atol)
problem = '';
if isstruct(expected)
  if ~isstruct(actual) || ~isequal(actual.rank, expected.rank)
    problem = 'another rank';
    return
  end
  actual = actual.data;
  expected = expected.data;
end
if islogical(actual)
  actual = uint8(actual); % Python's .mat files hold booleans as uint8
end
if ~strcmp(class(actual), class(expected))
  problem = sprintf('class %s instead of %s', class(actual), class(expected));
elseif ~isequal(size(actual), size(expected))
  problem = sprintf('size %s instead of %s', mat2str(size(actual)), mat2str(size(expected)));
elseif ~isequal(isnan(actual), isnan(expected))
  problem = 'NaN at other places';
else
  finite = isfinite(double(expected(:)));
  a = double(actual(:));
  b = double(expected(:));
  if ~isequal(a(~finite & ~isnan(b)), b(~finite & ~isnan(b)))
    problem = 'Inf at other places';
    return
  end
  worst = max([0; abs(a(finite) - b(finite))]);
  if ~(worst <= atol)
    problem = sprintf('error %.3g > %.3g', worst, atol);
  end
end
end

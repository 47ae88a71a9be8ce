function print_table(result, title)
%PRINT_TABLE Prints what xverify.internal.judge found: a row a layer, the first that fails, and the verdict.
%   XVERIFY.INTERNAL.PRINT_TABLE(RESULT, TITLE)

rows = result.layers;
names = pad({rows.id}, 'layer');
operations = pad({rows.operation}, 'operation');
shapes = pad(cellfun(@shape_text, {rows.shape}, 'UniformOutput', false), 'shape');
fprintf('%s  %s  %s  %9s  %9s  %8s  %s\n', names{1}, operations{1}, shapes{1}, 'error', 'allowed', 'ratio', 'status');
for k = 1:numel(rows)
  row = rows(k);
  fprintf('%s  %s  %s  %9s  %9s  %8s  %s\n', names{k + 1}, operations{k + 1}, shapes{k + 1}, number(row.error), ...
    number(row.allowed), ratio(row), status_text(row));
end
fprintf('\n');
if ~isempty(result.firstFailed)
  first = rows(strcmp({rows.id}, result.firstFailed));
  fprintf('First layer that fails: %s (%s): %s', first.id, first.operation, first.reason);
  if ~isempty(first.where)
    fprintf(', at [%s] counted from 0 in PyTorch''s order', strjoin(arrayfun(@(i) sprintf('%d', i), first.where, 'UniformOutput', false), ', '));
  end
  fprintf('\n');
end
word = {'FAILED', 'PASSED'};
fprintf('%s  %s, %d of %d layers compared\n', word{result.passed + 1}, title, result.compared, numel(rows));
end

function text = pad(texts, heading)
texts = [{heading}, texts];
width = max(cellfun(@numel, texts));
text = cellfun(@(t) [t, repmat(' ', 1, width - numel(t))], texts, 'UniformOutput', false);
end

function text = shape_text(shape)
text = strjoin(arrayfun(@(n) sprintf('%d', n), shape, 'UniformOutput', false), 'x');
end

function text = number(x)
if isnan(x)
  text = '-';
elseif x == 0
  text = '0';
else
  text = sprintf('%.2e', x);
end
end

function text = ratio(row)
if isnan(row.error)
  text = '-';
elseif row.allowed > 0
  text = sprintf('%.3gx', row.error / row.allowed);
elseif row.error == 0
  text = '0x';
else
  text = 'Inf';
end
end

function text = status_text(row)
text = row.status;
if strcmp(text, 'failed')
  text = 'FAILED';
end
if ~isempty(row.reason) && ~(strcmp(row.status, 'failed') && ~isnan(row.error))
  text = [text ': ' row.reason];
end
end

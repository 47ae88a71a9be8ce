function print_table(result, title)
%PRINT_TABLE Prints what xverify.internal.judge found: a row a layer, the first that is wrong, and the verdict.
%   XVERIFY.INTERNAL.PRINT_TABLE(RESULT, TITLE)

rows = result.layers;
columns = {pad('layer', {rows.id}), pad('operation', {rows.operation}), pad('shape', cellfun(@shape_text, {rows.shape}, 'UniformOutput', false))};
if result.hasLocal
  columns = [columns, numbers('local', [rows.local])];
end
columns = [columns, numbers('accumulated', [rows.accumulated]), {[{'status'}, arrayfun(@status_text, rows, 'UniformOutput', false)]}];
for k = 1:numel(rows) + 1
  cells = cellfun(@(column) column{k}, columns, 'UniformOutput', false);
  fprintf('%s\n', strjoin(cells, '  '));
end
fprintf('\n');
if ~isempty(result.firstFault)
  tell('First fault', rows(strcmp({rows.id}, result.firstFault)));
elseif ~isempty(result.firstFailed)
  tell('First layer that fails', rows(strcmp({rows.id}, result.firstFailed)));
end
word = {'FAILED', 'PASSED'};
fprintf('%s  %s, %d of %d layers compared\n', word{result.passed + 1}, title, result.compared, numel(rows));
end

function tell(what, row)
m = row.local;
if ~m.present || m.passed
  m = row.accumulated;
end
fprintf('%s: %s (%s): %s', what, row.id, row.operation, row.reason);
if ~isempty(m.where)
  index = strjoin(arrayfun(@(i) sprintf('%d', i), m.where, 'UniformOutput', false), ', ');
  fprintf(', at [%s] in PyTorch''s order, from 0', index);
end
fprintf('\n');
end

function columns = numbers(heading, measures)
errors = arrayfun(@(m) number(m.error), measures, 'UniformOutput', false);
allowed = arrayfun(@(m) number(m.allowed), measures, 'UniformOutput', false);
ratios = arrayfun(@ratio, measures, 'UniformOutput', false);
columns = {pad_left(heading, errors), pad_left('allowed', allowed), pad_left('ratio', ratios)};
end

function column = pad(heading, texts)
column = [{heading}, texts];
width = max(cellfun(@numel, column));
column = cellfun(@(t) [t, repmat(' ', 1, width - numel(t))], column, 'UniformOutput', false);
end

function column = pad_left(heading, texts)
column = [{heading}, texts];
width = max(cellfun(@numel, column));
column = cellfun(@(t) [repmat(' ', 1, width - numel(t)), t], column, 'UniformOutput', false);
end

function text = shape_text(shape)
text = strjoin(arrayfun(@(n) sprintf('%d', n), shape, 'UniformOutput', false), 'x');
if isempty(text)
  text = 'scalar';
end
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

function text = ratio(m)
if isnan(m.error)
  text = '-';
elseif m.allowed > 0
  share = m.error / m.allowed;
  if share >= 100
    text = sprintf('%.0fx', share);
  elseif share > 0.9
    % The line between passing and failing is 1: no rounding across it.
    text = sprintf('%.2fx', max(share, 1.01 * (share > 1)));
    if share <= 1
      text = sprintf('%.2fx', min(share, 0.99 + 0.01 * (share == 1)));
    end
  else
    text = sprintf('%.2gx', share);
  end
elseif m.error == 0
  text = '0x';
else
  text = 'Infx';
end
end

function text = status_text(row)
switch row.status
  case 'failed'
    text = 'FAILED';
    shown = (row.accumulated.isSize || (row.local.present && row.local.isSize));
    if ~shown
      text = ['FAILED: ' row.reason];
    end
  case 'passed'
    text = 'passed';
  otherwise
    text = ['not compared: ' row.reason];
end
end

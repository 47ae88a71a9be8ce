function data = operator_scatter(data, places, updates, reduction, op)
%OPERATOR_SCATTER Puts numbers into an array, or combines them with what is there.
%   DATA = XVERIFY.INTERNAL.OPERATOR_SCATTER(DATA, PLACES, UPDATES, REDUCTION, OP): linear indices and updates as columns;
%   REDUCTION is 'none', 'add', 'mul', 'max' or 'min'; a place may occur more than once. OP names the operator in the error.
%
%   Errors: xverify:OP:reduction for another reduction.
%
%   Example:
%     xverify.internal.operator_scatter([0 0], [2; 2], [1; 5], 'add', 'ScatterND')   % 0 6

known = {'none', 'add', 'mul', 'max', 'min'};
functions = {[], @plus, @times, @max, @min};
chosen = strcmp(reduction, known);
if ~any(chosen)
  error(['xverify:' op ':reduction'], '%s: reduction is %s, not one of %s.', op, reduction, strjoin(known, ', '));
end
combine = functions{chosen};
if isempty(combine)
  data(places) = updates;
elseif numel(unique(places)) == numel(places)
  data(places) = combine(reshape(data(places), size(updates)), updates);
else
  for k = 1:numel(places)
    data(places(k)) = combine(data(places(k)), updates(k));
  end
end
end

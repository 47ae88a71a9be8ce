function y = operator_fold(f, operands)
%OPERATOR_FOLD An operator of any number of operands (Sum, Max, Min, Mean) as one of two, applied from the left.
%   Y = XVERIFY.INTERNAL.OPERATOR_FOLD(F, OPERANDS): F takes two arrays; OPERANDS is a cell of values.
%
%   Example:
%     v = xverify.internal.value(single(2), 0);
%     xverify.internal.operator_fold(@plus, {v, v, v})   % 6

y = operands{1};
for k = 2:numel(operands)
  y = xverify.internal.value(f(y.data, operands{k}.data), max(y.rank, operands{k}.rank));
end
end

function list = operator_list(step, name, operands, k, default)
%OPERATOR_LIST List of integers that older operator sets give as an attribute and newer ones as an operand.
%   LIST = XVERIFY.INTERNAL.OPERATOR_LIST(STEP, NAME, OPERANDS, K, DEFAULT) is operand K of the cell OPERANDS if it is
%   given, else the attribute NAME, else DEFAULT; a row of doubles. NAME is '' for what was never an attribute.
%   Doubles hold 2^53: INT64_MAX, which means 'to the end', is rounded but stays larger than every size.
%
%   Example:
%     step = struct('attributes', struct('axes', [0 2]));
%     xverify.internal.operator_list(step, 'axes', {}, 2, [])   % 0 2

operand = xverify.internal.operator_operand(operands, k);
if isempty(operand)
  list = xverify.internal.operator_attribute(step, name, default);
else
  list = double(operand.data(:).');
end
end

function operand = operator_operand(operands, k)
%OPERATOR_OPERAND An operand that may be left out.
%   OPERAND = XVERIFY.INTERNAL.OPERATOR_OPERAND(OPERANDS, K) is the K-th of the cell OPERANDS, or [] where the model
%   leaves it out: either as an empty name in the middle or by giving fewer operands.
%
%   Example:
%     xverify.internal.operator_operand({}, 1)   % []

operand = [];
if numel(operands) >= k && isstruct(operands{k})
  operand = operands{k};
end
end

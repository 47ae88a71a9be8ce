function varargout = Split(step, varargin)
%SPLIT ONNX operator Split: an array in parts along an axis.
%   [Y, Z, ...] = XVERIFY.OPERATORS.SPLIT(STEP, X) or (STEP, X, SIZES) for values (see xverify.internal.value). Without
%   sizes the parts are equal; the last one is smaller where they cannot be.
%   STEP.attributes: axis (0), split where it is no operand, num_outputs (the number of outputs).
%
%   Errors: xverify:Split:axis for an axis that X does not have, xverify:Split:size where the sizes do not sum to its size.
%
%   Example:
%     x = xverify.internal.value(single([1; 2; 3]), 1);
%     [y, z] = xverify.operators.Split(struct(), x);   % y.data: 1 2, z.data: 3

x = varargin{1};
axis = xverify.internal.operator_attribute(step, 'axis', 0);
dim = xverify.internal.operator_dims(axis, x.rank, 'Split');
count = size(x.data, dim);
parts = xverify.internal.operator_attribute(step, 'num_outputs', max(nargout, 1));
whole = ceil(count / parts);
equal = [repmat(whole, 1, parts - 1) count - whole * (parts - 1)];
sizes = xverify.internal.operator_list(step, 'split', varargin, 2, equal);
if sum(sizes) ~= count
  error('xverify:Split:size', 'Split: sizes %s do not sum to %d.', mat2str(sizes), count);
end
index = repmat({':'}, 1, max(x.rank, 2));
first = 1;
varargout = cell(1, numel(sizes));
for k = 1:numel(sizes)
  index{dim} = first:first + sizes(k) - 1;
  varargout{k} = xverify.internal.value(x.data(index{:}), x.rank);
  first = first + sizes(k);
end
end

function y = Trilu(step, x, varargin)
%TRILU ONNX operator Trilu: matrices with 0 on one side of a diagonal.
%   Y = XVERIFY.OPERATORS.TRILU(STEP, X) or (STEP, X, K) for values (see xverify.internal.value): the last two axes are the
%   matrices, K (0) is the diagonal.
%   STEP.attributes: upper (1; 0 keeps the lower side).
%
%   Example:
%     x = xverify.internal.value(single([1 3; 2 4]), 2);   % ONNX's [1 2; 3 4]
%     y = xverify.operators.Trilu(struct(), x);   % y.data: [1 0; 2 4]

diagonal = 0;
k = xverify.internal.operator_operand(varargin, 1);
if ~isempty(k)
  diagonal = double(k.data(1));
end
offset = (1:size(x.data, 1)).' - (1:size(x.data, 2)); % column minus row: the axes are reversed
if xverify.internal.operator_attribute(step, 'upper', 1)
  outside = offset < diagonal;
else
  outside = offset > diagonal;
end
shape = xverify.internal.shape_of(x);
data = reshape(x.data, numel(outside), prod(shape(1:end - 2)));
data(outside(:), :) = 0;
y = xverify.internal.value(reshape(data, size(x.data)), x.rank);
end

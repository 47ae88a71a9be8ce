function y = Gemm(step, a, b, varargin)
%GEMM ONNX operator Gemm: alpha * A * B + beta * C.
%   Y = XVERIFY.OPERATORS.GEMM(STEP, A, B) or (STEP, A, B, C) for values of rank 2 (see xverify.internal.value); C
%   broadcasts.
%   STEP.attributes: alpha (1), beta (1), transA (0), transB (0).
%
%   Errors: xverify:Gemm:size where the inner sizes differ.
%
%   Example:
%     a = xverify.internal.value(single([1 3; 2 4]), 2);   % ONNX's [1 2; 3 4]
%     y = xverify.operators.Gemm(struct('attributes', struct('transB', 1)), a, a);   % y.data: [5 11; 11 25]

left = a.data;
right = b.data;
if xverify.internal.operator_attribute(step, 'transA', 0)
  left = left.';
end
if xverify.internal.operator_attribute(step, 'transB', 0)
  right = right.';
end
if size(left, 1) ~= size(right, 2)
  error('xverify:Gemm:size', 'Gemm: inner sizes %d and %d.', size(left, 1), size(right, 2));
end
% Reversed axes exchange the factors: (A * B).' = B.' * A.'.
data = xverify.internal.operator_attribute(step, 'alpha', 1) * xverify.internal.operator_page_product(right, left);
c = xverify.internal.operator_operand(varargin, 1);
if ~isempty(c)
  data = data + xverify.internal.operator_attribute(step, 'beta', 1) * c.data;
end
y = xverify.internal.value(data, 2);
end

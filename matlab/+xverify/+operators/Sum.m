function y = Sum(~, varargin)
%SUM ONNX operator Sum: sums of several arrays.
%   Y = XVERIFY.OPERATORS.SUM(STEP, A, B, ...) for one or more values (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value(single([1; 4]), 1);
%     b = xverify.internal.value(single(3), 0);
%     y = xverify.operators.Sum(struct(), a, b);   % y.data: 4 7

y = xverify.internal.operator_fold(@plus, varargin);
end

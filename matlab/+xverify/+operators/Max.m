function y = Max(~, varargin)
%MAX ONNX operator Max: the largest of several arrays, element by element; NaN where one of them is NaN.
%   Y = XVERIFY.OPERATORS.MAX(STEP, A, B, ...) for one or more values (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value(single([1; 4]), 1);
%     b = xverify.internal.value(single(3), 0);
%     y = xverify.operators.Max(struct(), a, b);   % y.data: 3 4

y = xverify.internal.operator_fold(@(a, b) xverify.internal.operator_keep_nan(max(a, b), a, b), varargin);
end

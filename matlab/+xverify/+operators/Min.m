function y = Min(~, varargin)
%MIN ONNX operator Min: the smallest of several arrays, element by element; NaN where one of them is NaN.
%   Y = XVERIFY.OPERATORS.MIN(STEP, A, B, ...) for one or more values (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value(single([1; 4]), 1);
%     b = xverify.internal.value(single(3), 0);
%     y = xverify.operators.Min(struct(), a, b);   % y.data: 1 3

y = xverify.internal.operator_fold(@(a, b) xverify.internal.operator_keep_nan(min(a, b), a, b), varargin);
end

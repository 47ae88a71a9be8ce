function y = Mean(~, varargin)
%MEAN ONNX operator Mean: means of several arrays.
%   Y = XVERIFY.OPERATORS.MEAN(STEP, A, B, ...) for one or more values (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value(single([1; 4]), 1);
%     b = xverify.internal.value(single(3), 0);
%     y = xverify.operators.Mean(struct(), a, b);   % y.data: 2 3.5

y = xverify.internal.operator_fold(@plus, varargin);
y.data = y.data / numel(varargin);
end

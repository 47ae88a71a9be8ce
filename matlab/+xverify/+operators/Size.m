function y = Size(~, x)
%SIZE ONNX operator Size: the number of elements, as int64.
%   Y = XVERIFY.OPERATORS.SIZE(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     y = xverify.operators.Size(struct(), xverify.internal.value(ones(5, 3, 'single'), 2));   % y.data: 15

y = xverify.internal.value(int64(numel(x.data)), 0);
end

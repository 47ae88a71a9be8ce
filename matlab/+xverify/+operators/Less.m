function y = Less(~, a, b)
%LESS ONNX operator Less: true where A is smaller.
%   Y = XVERIFY.OPERATORS.LESS(STEP, A, B) for values A and B (see xverify.internal.value); their shapes broadcast.
%
%   Example:
%     a = xverify.internal.value(single([1; 2]), 1);
%     b = xverify.internal.value(single(2), 0);
%     y = xverify.operators.Less(struct(), a, b);   % y.data: 1 0

y = xverify.internal.value(a.data < b.data, max(a.rank, b.rank));
end

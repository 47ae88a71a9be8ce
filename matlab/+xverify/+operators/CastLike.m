function y = CastLike(~, x, like)
%CASTLIKE ONNX operator CastLike: elements of the type that another array has; fractions are cut off.
%   Y = XVERIFY.OPERATORS.CASTLIKE(STEP, X, LIKE) for values (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value(single([-1.5; 2]), 1);
%     y = xverify.operators.CastLike(struct(), x, xverify.internal.value(int64(0), 0));   % y.data: int64 -1 2

y = xverify.internal.value(xverify.internal.operator_cast(x.data, class(like.data)), x.rank);
end

function y = Not(~, x)
%NOT ONNX operator Not: logical negation.
%   Y = XVERIFY.OPERATORS.NOT(STEP, X) for a value X (see xverify.internal.value).
%
%   Example:
%     x = xverify.internal.value([true; false], 1);
%     y = xverify.operators.Not(struct(), x);   % y.data: 0 1

y = xverify.internal.value(~x.data, x.rank);
end

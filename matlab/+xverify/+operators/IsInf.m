function y = IsInf(step, x)
%ISINF ONNX operator IsInf: true where an element is infinite.
%   Y = XVERIFY.OPERATORS.ISINF(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: detect_positive (1), detect_negative (1).
%
%   Example:
%     y = xverify.operators.IsInf(struct(), xverify.internal.value(single([-Inf; 1]), 1));   % y.data: 1 0

found = false(size(x.data));
if xverify.internal.operator_attribute(step, 'detect_positive', 1)
  found = found | x.data == Inf;
end
if xverify.internal.operator_attribute(step, 'detect_negative', 1)
  found = found | x.data == -Inf;
end
y = xverify.internal.value(found, x.rank);
end

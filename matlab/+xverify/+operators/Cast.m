function y = Cast(step, x)
%CAST ONNX operator Cast: elements of another type; fractions are cut off.
%   Y = XVERIFY.OPERATORS.CAST(STEP, X) for a value X (see xverify.internal.value).
%   STEP.attributes: to, ONNX's number of the type.
%
%   Errors: xverify:Cast:type for a type that MATLAB has no class for.
%
%   Example:
%     x = xverify.internal.value(single([-1.5; 2]), 1);
%     y = xverify.operators.Cast(struct('attributes', struct('to', 7)), x);   % y.data: int64 -1 2

names = {'single', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', '', 'logical', '', 'double', 'uint32', 'uint64'};
to = xverify.internal.operator_attribute(step, 'to', 0);
if to < 1 || to > numel(names) || isempty(names{to})
  error('xverify:Cast:type', 'Cast: MATLAB has no class for ONNX''s type %d.', to);
end
y = xverify.internal.value(xverify.internal.operator_cast(x.data, names{to}), x.rank);
end

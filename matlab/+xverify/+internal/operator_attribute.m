function setting = operator_attribute(step, name, default)
%OPERATOR_ATTRIBUTE Setting of an ONNX operator, or ONNX's default where the model does not give it.
%   SETTING = XVERIFY.INTERNAL.OPERATOR_ATTRIBUTE(STEP, NAME, DEFAULT) is STEP.attributes.(NAME), as a row if it is a
%   list of numbers, or DEFAULT. A STEP without any attributes (an empty struct) has the defaults.
%
%   Example:
%     xverify.internal.operator_attribute(struct('attributes', struct('axis', 2)), 'axis', -1)   % 2

setting = default;
if isfield(step, 'attributes') && isfield(step.attributes, name)
  setting = step.attributes.(name);
  if ~ischar(setting)
    setting = setting(:).';
  end
end
end

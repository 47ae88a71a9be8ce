function y = Clip(step, x, varargin)
%CLIP ONNX operator Clip: elements within two bounds; NaN stays NaN.
%   Y = XVERIFY.OPERATORS.CLIP(STEP, X, LOW, HIGH) for values (see xverify.internal.value); either bound may be left out.
%   STEP.attributes: min and max, where they are no operands.
%
%   Example:
%     x = xverify.internal.value(single([-1; 2]), 1);
%     y = xverify.operators.Clip(struct(), x, xverify.internal.value(single(0), 0));   % y.data: 0 2

data = x.data;
bounds = {xverify.internal.operator_attribute(step, 'min', []), xverify.internal.operator_attribute(step, 'max', [])};
for k = 1:2
  operand = xverify.internal.operator_operand(varargin, k);
  if ~isempty(operand)
    bounds{k} = operand.data; % not as a double: INT64_MAX would change
  end
end
if ~isempty(bounds{1})
  data = max(data, bounds{1});
end
if ~isempty(bounds{2})
  data = min(data, bounds{2});
end
y = xverify.internal.value(xverify.internal.operator_keep_nan(data, x.data), x.rank);
end

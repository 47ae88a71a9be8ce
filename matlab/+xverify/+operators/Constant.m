function y = Constant(step, varargin)
%CONSTANT ONNX operator Constant: an array that the model holds.
%   Y = XVERIFY.OPERATORS.CONSTANT(STEP) for the number or list that STEP.attributes gives: value_float, value_floats,
%   value_int or value_ints.
%
%   Y = XVERIFY.OPERATORS.CONSTANT(STEP, V) is V: weights.mat holds constants among its parameters.
%
%   Errors: xverify:Constant:value where nothing gives it.
%
%   Example:
%     y = xverify.operators.Constant(struct('attributes', struct('value_ints', [3 4])));   % y.data: int64 3 4, y.rank: 1

if ~isempty(varargin)
  y = varargin{1};
  return
end
kinds = {'value_float', 'single', 0; 'value_floats', 'single', 1; 'value_int', 'int64', 0; 'value_ints', 'int64', 1};
for k = 1:size(kinds, 1)
  given = xverify.internal.operator_attribute(step, kinds{k, 1}, []);
  if ~isempty(given)
    y = xverify.internal.value(cast(given(:), kinds{k, 2}), kinds{k, 3});
    return
  end
end
error('xverify:Constant:value', 'Constant: no value_float, value_floats, value_int, value_ints or operand.');
end

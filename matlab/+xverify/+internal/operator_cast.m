function data = operator_cast(data, name)
%OPERATOR_CAST An array in another class as ONNX casts it: fractions are cut off, and what is not 0 is true.
%   DATA = XVERIFY.INTERNAL.OPERATOR_CAST(DATA, NAME). MATLAB itself rounds to the nearest integer.
%
%   Example:
%     xverify.internal.operator_cast(1.7, 'int32')   % 1

if strcmp(name, 'logical')
  data = data ~= 0;
elseif isfloat(data) && ~any(strcmp(name, {'single', 'double'}))
  data = cast(fix(data), name);
else
  data = cast(data, name);
end
end

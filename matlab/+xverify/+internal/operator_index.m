function index = operator_index(index, count, op)
%OPERATOR_INDEX ONNX's indices of an axis (from 0, negative ones from the end) as MATLAB's, in doubles.
%   INDEX = XVERIFY.INTERNAL.OPERATOR_INDEX(INDEX, COUNT, OP): COUNT is the axis' size, OP names the operator in the error.
%
%   Errors: xverify:OP:index for an index beyond the size.
%
%   Example:
%     xverify.internal.operator_index(int64([0 -1]), 4, 'Gather')   % 1 4

index = double(index);
if any(index(:) < -count | index(:) >= count)
  error(['xverify:' op ':index'], '%s: an index lies beyond an axis of size %d.', op, count);
end
index = index + 1 + count * (index < 0);
end

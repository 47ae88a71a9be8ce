function dims = operator_dims(axes, rank, op)
%OPERATOR_DIMS Dimensions of a reversed array that ONNX's axes are.
%   DIMS = XVERIFY.INTERNAL.OPERATOR_DIMS(AXES, RANK, OP): axis 0 of RANK axes is dimension RANK, the last axis is
%   dimension 1; negative axes count from the end. OP names the operator in the error.
%
%   Errors: xverify:OP:axis for an axis that the array does not have.
%
%   Example:
%     xverify.internal.operator_dims([0 -1], 4, 'Concat')   % 4 1

if any(axes < -rank | axes >= rank)
  error(['xverify:' op ':axis'], '%s: an array of rank %d has no axis %s.', op, rank, mat2str(axes));
end
dims = rank - axes - rank * (axes < 0);
end

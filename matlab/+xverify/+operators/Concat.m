function y = Concat(step, varargin)
%CONCAT ONNX operator Concat: arrays one after the other along an axis.
%   Y = XVERIFY.OPERATORS.CONCAT(STEP, A, B, ...) for values (see xverify.internal.value).
%   STEP.attributes: axis.
%
%   Errors: xverify:Concat:axis for an axis that the arrays do not have.
%
%   Example:
%     a = xverify.internal.value(single([1; 2]), 1);
%     y = xverify.operators.Concat(struct('attributes', struct('axis', 0)), a, a);   % y.data: 1 2 1 2

rank = varargin{1}.rank;
axis = xverify.internal.operator_attribute(step, 'axis', 0);
dim = xverify.internal.operator_dims(axis, rank, 'Concat');
parts = cellfun(@(v) v.data, varargin, 'UniformOutput', false);
y = xverify.internal.value(cat(dim, parts{:}), rank);
end

function [y, mask] = Dropout(~, x, varargin)
%DROPOUT ONNX operator Dropout, which does nothing outside training.
%   [Y, MASK] = XVERIFY.OPERATORS.DROPOUT(STEP, X, RATIO, TRAINING) for values (see xverify.internal.value); MASK is true
%   everywhere.
%
%   Errors: xverify:Dropout:training in training, where elements fall out by chance.
%
%   Example:
%     y = xverify.operators.Dropout(struct(), xverify.internal.value(single([-1; 2]), 1));   % y.data: -1 2

training = xverify.internal.operator_operand(varargin, 2);
if ~isempty(training) && training.data
  error('xverify:Dropout:training', 'Dropout in training drops elements by chance: export the model in eval mode.');
end
y = x;
mask = xverify.internal.value(true(size(x.data)), x.rank);
end

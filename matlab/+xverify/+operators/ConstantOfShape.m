function y = ConstantOfShape(step, shape)
%CONSTANTOFSHAPE ONNX operator ConstantOfShape: one number everywhere.
%   Y = XVERIFY.OPERATORS.CONSTANTOFSHAPE(STEP, SHAPE) for a value SHAPE (see xverify.internal.value).
%   STEP.attributes: value (0 as single), whose class is Y's.
%
%   Example:
%     y = xverify.operators.ConstantOfShape(struct(), xverify.internal.value(int64([2; 3]), 1));   % size(y.data): 3 2

fill = xverify.internal.operator_attribute(step, 'value', single(0));
wanted = double(shape.data(:).');
y = xverify.internal.value(repmat(fill, xverify.internal.operator_sizes(wanted)), numel(wanted));
end

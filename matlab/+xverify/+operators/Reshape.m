function y = Reshape(step, x, shape)
%RESHAPE ONNX operator Reshape: the same elements in another shape.
%   Y = XVERIFY.OPERATORS.RESHAPE(STEP, X, SHAPE) for values (see xverify.internal.value). In SHAPE one -1 stands for what
%   is left, and 0 for X's size at that place.
%   STEP.attributes: allowzero (0); with 1 a 0 means 0.
%
%   Errors: xverify:Reshape:size where the numbers of elements differ.
%
%   Example:
%     x = xverify.internal.value(ones(6, 2, 'single'), 2);
%     y = xverify.operators.Reshape(struct(), x, xverify.internal.value(int64([0; 3; -1]), 1));   % size(y.data): 2 3 2

wanted = double(shape.data(:).');
own = xverify.internal.shape_of(x);
if ~xverify.internal.operator_attribute(step, 'allowzero', 0)
  kept = find(wanted == 0);
  wanted(kept) = own(kept);
end
free = wanted == -1;
wanted(free) = 1;
wanted(free) = numel(x.data) / prod(wanted);
if prod(wanted) ~= numel(x.data) || any(wanted ~= fix(wanted))
  error('xverify:Reshape:size', 'Reshape: %s does not hold the elements of %s.', ...
    mat2str(double(shape.data(:).')), mat2str(own));
end
y = xverify.internal.operator_reshape(x.data, wanted);
end

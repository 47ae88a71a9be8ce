function y = ScatterElements(step, x, indices, updates)
%SCATTERELEMENTS ONNX operator ScatterElements: elements put where INDICES says along an axis.
%   Y = XVERIFY.OPERATORS.SCATTERELEMENTS(STEP, X, INDICES, UPDATES) for values of one rank (see xverify.internal.value).
%   STEP.attributes: axis (0), reduction ('none', 'add', 'mul', 'max' or 'min').
%
%   Errors: xverify:ScatterElements:axis, xverify:ScatterElements:index for what X does not have,
%   xverify:ScatterElements:reduction for another reduction.
%
%   Example:
%     x = xverify.internal.value(single([1; 2; 3]), 1);
%     at = xverify.internal.value(int64(-1), 1);
%     y = xverify.operators.ScatterElements(struct(), x, at, xverify.internal.value(single(9), 1));   % y.data: 1 2 9

axis = xverify.internal.operator_attribute(step, 'axis', 0);
places = xverify.internal.operator_element_places(x, indices, axis, 'ScatterElements');
reduction = xverify.internal.operator_attribute(step, 'reduction', 'none');
data = xverify.internal.operator_scatter(x.data, places(:), updates.data(:), reduction, 'ScatterElements');
y = xverify.internal.value(data, x.rank);
end

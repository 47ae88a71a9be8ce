function y = GatherElements(step, x, indices)
%GATHERELEMENTS ONNX operator GatherElements: for each place in INDICES the element with that index along an axis.
%   Y = XVERIFY.OPERATORS.GATHERELEMENTS(STEP, X, INDICES) for values of one rank (see xverify.internal.value).
%   STEP.attributes: axis (0).
%
%   Errors: xverify:GatherElements:axis, xverify:GatherElements:index for what X does not have.
%
%   Example:
%     x = xverify.internal.value(single([1 3; 2 4]), 2);
%     at = xverify.internal.value(int64([1; 0]), 2);
%     y = xverify.operators.GatherElements(struct('attributes', struct('axis', 1)), x, at);   % y.data: 2 1

axis = xverify.internal.operator_attribute(step, 'axis', 0);
places = xverify.internal.operator_element_places(x, indices, axis, 'GatherElements');
y = xverify.internal.value(reshape(x.data(places), size(indices.data)), indices.rank);
end

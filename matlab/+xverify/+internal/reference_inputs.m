function inputs = reference_inputs(bundle)
%REFERENCE_INPUTS The inputs that PyTorch got at export, in the order of BUNDLE.inputs and in the stored axis order.
%   INPUTS = XVERIFY.INTERNAL.REFERENCE_INPUTS(BUNDLE) is a cell of arrays.
%
%   Errors: those of xverify.internal.reference.

values = xverify.internal.reference(bundle, bundle.inputs);
inputs = cellfun(@(item) values.(item.id), bundle.inputs, 'UniformOutput', false);
end

function [values, alone] = run_bundle(bundle, withLocal)
%RUN_BUNDLE Runs a bundle on its recorded inputs: as a whole and, where asked for, each layer alone.
%   [VALUES, ALONE] = XVERIFY.INTERNAL.RUN_BUNDLE(BUNDLE, WITHLOCAL) gives structs with a field a layer, in the stored axis order.
%   ALONE holds what each layer computes from PyTorch's own values; [] if WITHLOCAL is false.

program = xverify.internal.program(bundle);
inputs = xverify.internal.reference_inputs(bundle);
values = xverify.internal.execute(program, bundle, inputs);
alone = [];
if withLocal
  alone = xverify.internal.execute(program, bundle, inputs, xverify.internal.reference(bundle, bundle.layers));
end
end

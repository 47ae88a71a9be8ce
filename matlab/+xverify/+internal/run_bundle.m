function [values, alone] = run_bundle(bundle, withLocal, inputs)
%RUN_BUNDLE Runs a bundle on its recorded inputs: as a whole and, where asked for, each layer alone.
%   [VALUES, ALONE] = XVERIFY.INTERNAL.RUN_BUNDLE(BUNDLE, WITHLOCAL) gives structs with a field a layer, in the stored axis order.
%   ALONE holds what each layer computes from PyTorch's own values; [] if WITHLOCAL is false. [...] = RUN_BUNDLE(..., INPUTS) runs on
%   other inputs, a cell.

program = xverify.internal.program(bundle);
if nargin < 3
  inputs = xverify.internal.reference_inputs(bundle);
end
values = xverify.internal.execute(program, bundle, inputs);
alone = [];
if withLocal
  alone = xverify.internal.execute(program, bundle, inputs, xverify.internal.reference(bundle, bundle.layers));
end
end

function y = SpaceToDepth(step, x)
%SPACETODEPTH ONNX operator SpaceToDepth: blocks of pixels become channels.
%   Y = XVERIFY.OPERATORS.SPACETODEPTH(STEP, X) for a value X with axes N C H W (see xverify.internal.value).
%   STEP.attributes: blocksize, mode: 'DCR' (default: block row, block column, channel) or 'CRD' (channel first).
%
%   Errors: xverify:SpaceToDepth:mode for another mode.
%
%   Example:
%     x = xverify.internal.value(single([1 3; 2 4]), 4);
%     y = xverify.operators.SpaceToDepth(struct('attributes', struct('blocksize', 2)), x);   % y.data: 1 2 3 4

block = xverify.internal.operator_attribute(step, 'blocksize', 1);
mode = xverify.internal.operator_attribute(step, 'mode', 'DCR');
shape = xverify.internal.shape_of(x);
rows = shape(3) / block;
columns = shape(4) / block;
data = reshape(x.data, [block columns block rows shape(2) shape(1)]);
switch mode
  case 'DCR'
    data = permute(data, [2 4 5 1 3 6]);
  case 'CRD'
    data = permute(data, [2 4 1 3 5 6]);
  otherwise
    error('xverify:SpaceToDepth:mode', 'SpaceToDepth: mode is %s, not DCR or CRD.', mode);
end
y = xverify.internal.operator_reshape(data, [shape(1) shape(2) * block ^ 2 rows columns]);
end

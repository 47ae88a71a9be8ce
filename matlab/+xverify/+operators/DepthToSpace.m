function y = DepthToSpace(step, x)
%DEPTHTOSPACE ONNX operator DepthToSpace: channels become blocks of pixels.
%   Y = XVERIFY.OPERATORS.DEPTHTOSPACE(STEP, X) for a value X with axes N C H W (see xverify.internal.value).
%   STEP.attributes: blocksize, mode: 'DCR' (default: block row, block column, channel) or 'CRD' (channel first, as
%   PyTorch's pixel_shuffle has them).
%
%   Errors: xverify:DepthToSpace:mode for another mode.
%
%   Example:
%     x = xverify.internal.value(reshape(single(1:4), 1, 1, 4), 4);
%     y = xverify.operators.DepthToSpace(struct('attributes', struct('blocksize', 2)), x);   % y.data: [1 3; 2 4]

block = xverify.internal.operator_attribute(step, 'blocksize', 1);
mode = xverify.internal.operator_attribute(step, 'mode', 'DCR');
shape = xverify.internal.shape_of(x);
channels = shape(2) / block ^ 2;
switch mode
  case 'DCR' % reversed: W H | C column row | N
    data = reshape(x.data, [shape(4) shape(3) channels block block shape(1)]);
    data = permute(data, [4 1 5 2 3 6]);
  case 'CRD' % reversed: W H | column row C | N
    data = reshape(x.data, [shape(4) shape(3) block block channels shape(1)]);
    data = permute(data, [3 1 4 2 5 6]);
  otherwise
    error('xverify:DepthToSpace:mode', 'DepthToSpace: mode is %s, not DCR or CRD.', mode);
end
y = xverify.internal.operator_reshape(data, [shape(1) channels shape(3) * block shape(4) * block]);
end

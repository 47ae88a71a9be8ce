function d = layer_dimension(axis, rank)
%LAYER_DIMENSION PyTorch's axis as a dimension of the reversed array.
%   D = XVERIFY.INTERNAL.LAYER_DIMENSION(AXIS, RANK) for AXIS from 0, or negative from the end.
%
%   Example:
%     xverify.internal.layer_dimension(1, 4)    % 3: channels of width x height x channels x observations
%     xverify.internal.layer_dimension(-1, 4)   % 1

d = rank - mod(axis, rank);
end

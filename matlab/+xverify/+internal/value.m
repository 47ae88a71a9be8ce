function v = value(data, rank)
%VALUE One value of a network inside the engine: an array and its rank.
%   V = XVERIFY.INTERNAL.VALUE(DATA, RANK) is a struct with the fields data and rank. DATA has the axes of PyTorch's
%   array in reverse order (W x H x C x N for an image), so that its memory order is PyTorch's. RANK is PyTorch's number
%   of axes: MATLAB drops trailing singleton dimensions and has no array below rank 2, so size(DATA) does not tell it.
%   A vector of n elements is n x 1, a scalar 1 x 1.
%
%   See also xverify.internal.shape_of

v = struct('data', data, 'rank', rank);
end

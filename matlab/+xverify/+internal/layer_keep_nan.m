function Y = layer_keep_nan(Y, X)
%LAYER_KEEP_NAN Puts NaN where X has it.
%   Y = XVERIFY.INTERNAL.LAYER_KEEP_NAN(Y, X), for arrays of one size. MATLAB's max and min take the number that is none
%   (max(NaN, 0) is 0), PyTorch's activations keep NaN: a network that computes NaN must not look healthy here.

if isnan(sum(X(:))) % one pass without a temporary array; also true of Inf - Inf, then the next line changes nothing
  Y(isnan(X)) = NaN;
end
end

function Y = subsref(X, s)
%SUBSREF A part of the array, with the same labels.

Y = dlarray(subsref(X.data, s), X.format);
end

function data = extractdata(X)
%EXTRACTDATA The array without labels.

data = X.data;
end

function data = stripdims(X)
%STRIPDIMS The array without labels.

data = X.data;
end

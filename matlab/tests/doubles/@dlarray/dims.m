function format = dims(X)
%DIMS The labels.

format = X.format;
end

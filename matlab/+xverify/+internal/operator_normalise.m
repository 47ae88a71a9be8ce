function [data, average, inverse] = operator_normalise(data, epsilon)
%OPERATOR_NORMALISE Each column with mean 0 and variance 1, in double precision.
%   [DATA, AVERAGE, INVERSE] = XVERIFY.INTERNAL.OPERATOR_NORMALISE(DATA, EPSILON): DATA is double, AVERAGE each column's
%   mean, INVERSE 1 / sqrt(variance + EPSILON), the variance that of all elements (not of a sample).
%
%   Example:
%     xverify.internal.operator_normalise(single([1; 3]), 0)   % -1 1

data = double(data);
average = sum(data, 1) / size(data, 1);
data = data - average;
inverse = 1 ./ sqrt(sum(data .^ 2, 1) / size(data, 1) + epsilon);
data = data .* inverse;
end

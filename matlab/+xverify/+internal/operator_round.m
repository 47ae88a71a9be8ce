function rounded = operator_round(x)
%OPERATOR_ROUND The nearest integer, halves to the even one, as ONNX and PyTorch round. MATLAB rounds halves away from 0.
%   ROUNDED = XVERIFY.INTERNAL.OPERATOR_ROUND(X)
%
%   Example:
%     xverify.internal.operator_round([0.5 1.5])   % 0 2

rounded = round(x);
halves = abs(x - fix(x)) == 0.5;
rounded(halves) = 2 * round(x(halves) / 2);
end

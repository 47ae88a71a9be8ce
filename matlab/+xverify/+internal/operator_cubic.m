function weight = operator_cubic(distance, a)
%OPERATOR_CUBIC Keys' cubic convolution kernel, as Resize and GridSample use it.
%   WEIGHT = XVERIFY.INTERNAL.OPERATOR_CUBIC(DISTANCE, A) with A its slope at distance 1 (-0.75 in PyTorch).
%
%   Example:
%     xverify.internal.operator_cubic([0 1 0.5], -0.75)   % 1 0 0.5938

d = abs(distance);
weight = zeros(size(d));
near = d <= 1;
far = d > 1 & d < 2;
weight(near) = ((a + 2) * d(near) - (a + 3)) .* d(near) .^ 2 + 1;
weight(far) = ((a * d(far) - 5 * a) .* d(far) + 8 * a) .* d(far) - 4 * a;
end

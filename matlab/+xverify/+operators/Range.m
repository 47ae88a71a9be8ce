function y = Range(~, start, limit, delta)
%RANGE ONNX operator Range: numbers from START to before LIMIT, DELTA apart.
%   Y = XVERIFY.OPERATORS.RANGE(STEP, START, LIMIT, DELTA) for scalar values of one class (see xverify.internal.value).
%
%   Example:
%     n = @(x) xverify.internal.value(int64(x), 0);
%     y = xverify.operators.Range(struct(), n(1), n(6), n(2));   % y.data: 1 3 5

by = double(delta.data);
count = max(ceil((double(limit.data) - double(start.data)) / by), 0);
y = xverify.internal.value(cast(double(start.data) + by * (0:count - 1).', class(start.data)), 1);
end

function y = Slice(step, varargin)
%SLICE ONNX operator Slice: from START to before END of axes, in steps.
%   Y = XVERIFY.OPERATORS.SLICE(STEP, X, STARTS, ENDS, AXES, STEPS) for values (see xverify.internal.value); AXES (the first
%   ones) and STEPS (1) may be left out. Negative numbers count from the end; what lies beyond the array is cut off.
%   STEP.attributes: starts, ends and axes, where they are no operands.
%
%   Errors: xverify:Slice:axis for an axis that X does not have.
%
%   Example:
%     x = xverify.internal.value(single([1; 2; 3]), 1);
%     at = @(n) xverify.internal.value(int64(n), 1);
%     y = xverify.operators.Slice(struct(), x, at(-1), at(-100), at(0), at(-2));   % y.data: 3 1

x = varargin{1};
starts = xverify.internal.operator_list(step, 'starts', varargin, 2, []);
ends = xverify.internal.operator_list(step, 'ends', varargin, 3, []);
axes = xverify.internal.operator_list(step, 'axes', varargin, 4, 0:numel(starts) - 1);
steps = xverify.internal.operator_list(step, '', varargin, 5, ones(1, numel(starts)));
dims = xverify.internal.operator_dims(axes, x.rank, 'Slice');
index = repmat({':'}, 1, max(x.rank, 2));
for k = 1:numel(dims)
  index{dims(k)} = places(starts(k), ends(k), steps(k), size(x.data, dims(k)));
end
y = xverify.internal.value(x.data(index{:}), x.rank);
end

function index = places(first, last, by, count)
first = first + count * (first < 0);
last = last + count * (last < 0);
if by > 0
  index = min(max(first, 0), count):by:min(max(last, 0), count) - 1;
else
  index = min(max(first, -1), count - 1):by:min(max(last, -1), count - 1) + 1;
end
index = index + 1;
end

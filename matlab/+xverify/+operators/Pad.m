function y = Pad(step, varargin)
%PAD ONNX operator Pad: more elements around an array, or fewer.
%   Y = XVERIFY.OPERATORS.PAD(STEP, X, PADS, VALUE, AXES) for values (see xverify.internal.value); VALUE (0) and AXES (all)
%   may be left out. PADS has the starts of all axes, then the ends; a negative number takes away.
%   STEP.attributes: mode ('constant', 'reflect', 'edge' or 'wrap').
%
%   Errors: xverify:Pad:axis for an axis that X does not have, xverify:Pad:mode for another mode.
%
%   Example:
%     x = xverify.internal.value(single([1; 2; 3]), 1);
%     pads = xverify.internal.value(int64([2; 0]), 1);
%     y = xverify.operators.Pad(struct('attributes', struct('mode', 'reflect')), x, pads);   % y.data: 3 2 1 2 3

x = varargin{1};
pads = xverify.internal.operator_list(step, 'pads', varargin, 2, []);
axes = xverify.internal.operator_list(step, '', varargin, 4, 0:x.rank - 1);
dims = xverify.internal.operator_dims(axes, x.rank, 'Pad');
first = zeros(1, max(x.rank, 2));
last = first;
first(dims) = pads(1:numel(dims));
last(dims) = pads(numel(dims) + 1:end);
mode = xverify.internal.operator_attribute(step, 'mode', 'constant');
if strcmp(mode, 'constant')
  data = padded(x.data, first, last, fill_of(varargin, x.data));
else
  index = source(size(x.data), first, last, mode);
  data = x.data(index{:});
end
y = xverify.internal.value(data, x.rank);
end

function fill = fill_of(operands, data)
operand = xverify.internal.operator_operand(operands, 3);
if isempty(operand) || isempty(operand.data)
  fill = cast(0, class(data));
else
  fill = cast(operand.data(1), class(data));
end
end

function data = padded(x, first, last, fill)
sizes = size(x);
sizes(end + 1:numel(first)) = 1;
data = repmat(fill, sizes + first + last);
from = cell(1, numel(sizes));
to = from;
for k = 1:numel(sizes)
  from{k} = 1 - min(first(k), 0):sizes(k) + min(last(k), 0);
  to{k} = from{k} + first(k);
end
data(to{:}) = x(from{:});
end

function index = source(sizes, first, last, mode)
sizes(end + 1:numel(first)) = 1;
index = cell(1, numel(sizes));
for k = 1:numel(sizes)
  place = -first(k):sizes(k) + last(k) - 1; % from 0; outside the array where it is padded
  switch mode
    case 'edge'
      place = min(max(place, 0), sizes(k) - 1);
    case 'wrap'
      place = mod(place, sizes(k));
    case 'reflect'
      period = max(2 * (sizes(k) - 1), 1);
      place = mod(place, period);
      place = min(place, period - place);
    otherwise
      error('xverify:Pad:mode', 'Pad: mode is %s, not constant, reflect, edge or wrap.', mode);
  end
  index{k} = place + 1;
end
end

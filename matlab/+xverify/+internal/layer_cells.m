function cells = layer_cells(layer, gates)
%LAYER_CELLS The weights of each cell of a recurrent layer.
%   CELLS = XVERIFY.INTERNAL.LAYER_CELLS(LAYER, GATES) reads InputWeights, RecurrentWeights and Bias in all forms that a
%   bundle has: one cell under the plain names; several with PyTorch's suffixes (InputWeights_l0,
%   InputWeights_l0_reverse, InputWeights_l1 ...); both directions of an LSTM stacked in one array, as bilstmLayer has
%   them. GATES is 4 for LSTM, 3 for GRU.
%
%   Output: struct array, directions x layers
%     W, R   input weights and recurrent weights, one direction's
%     b      bias, [] if there is none
%
%   See also xverify.internal.layer_sequence

names = suffixes(layer.parameters);
for k = size(names, 2):-1:1
  for direction = size(names, 1):-1:1
    name = names{direction, k};
    R = layer.parameters.(['RecurrentWeights' name]);
    stacked = size(R, 1) / (gates * size(R, 2)); % 2 where one array holds both directions, then names has one row
    for part = stacked:-1:1
      one.W = share(layer.parameters.(['InputWeights' name]), part, stacked);
      one.R = share(R, part, stacked);
      one.b = share(xverify.internal.layer_parameter(layer, ['Bias' name], []), part, stacked);
      cells(direction + part - 1, k) = one;
    end
  end
end
end

function names = suffixes(parameters)
%PyTorch's suffixes, directions x layers.
names = {''};
if isfield(parameters, 'InputWeights')
  return
end
k = 0;
while isfield(parameters, sprintf('InputWeights_l%d', k))
  names{1, k + 1} = sprintf('_l%d', k);
  if isfield(parameters, sprintf('InputWeights_l%d_reverse', k))
    names{2, k + 1} = sprintf('_l%d_reverse', k);
  end
  k = k + 1;
end
end

function part = share(array, number, count)
rows = size(array, 1) / count;
part = array((number - 1) * rows + (1:rows), :);
end

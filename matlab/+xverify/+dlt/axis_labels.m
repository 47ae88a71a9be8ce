function labels = axis_labels(bundle)
%AXIS_LABELS What the axes of a bundle's inputs and layers mean, in the letters of MATLAB's formats and PyTorch's order.
%   LABELS = XVERIFY.DLT.AXIS_LABELS(BUNDLE) is a struct: id of an input or layer -> 'BCSS'. B is batch, C channel, S space, T
%   time, U unspecified. Sequences with channels second are BCT: MATLAB's sequences have time and not space.
%   For an input whose meaning the bundle does not know it is what `xverify check` tells to type: by its rank, and of three axes BCT
%   where a convolution or pooling reads them and BTC otherwise. For such a layer it is ''.
%
%   Input:   BUNDLE  of xverify.internal.load_bundle
%   Output:  LABELS  struct of char rows
%
%   Example:
%     labels = xverify.dlt.axis_labels(xverify.internal.load_bundle('cifar10-net'));
%
%   See also xverify.dlt.import

labels = struct();
for item = [bundle.inputs(:); bundle.layers(:)]'
  labels.(item{1}.id) = recorded(item{1});
end
byRank = {'U', 'BC', '', 'BCSS', 'BCSSS'};
for item = bundle.inputs(:)'
  id = item{1}.id;
  rank = numel(item{1}.shape);
  if isempty(labels.(id)) && rank == 3
    labels.(id) = of_sequence(bundle, id);
  elseif isempty(labels.(id)) && rank > 0 && rank <= numel(byRank)
    labels.(id) = byRank{rank};
  elseif isempty(labels.(id))
    labels.(id) = repmat('U', 1, rank);
  end
end
end

function labels = recorded(item)
labels = '';
if ~isempty(item.dims)
  labels(item.permutation) = item.dims;
  if sum(labels == 'S') == 1
    labels(labels == 'S') = 'T';
  end
end
end

function labels = of_sequence(bundle, id)
labels = 'BTC';
alongChannels = {'conv', 'transposedconv', 'maxpool', 'averagepool', 'batchnorm', 'instancenorm'};
for step = bundle.graph(:)'
  op = lower(step{1}.op);
  if any(strcmp(step{1}.inputs, id)) && any(cellfun(@(start) strncmp(op, start, numel(start)), alongChannels))
    labels = 'BCT';
  end
end
end

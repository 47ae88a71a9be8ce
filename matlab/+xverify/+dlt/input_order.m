function order = input_order(net, bundle)
%INPUT_ORDER Which input of a bundle each input of a MATLAB network is: the importer may put them into another order.
%   ORDER = XVERIFY.DLT.INPUT_ORDER(NET, BUNDLE): BUNDLE.inputs{ORDER(k)} belongs to NET.InputNames{k}.
%
%   Inputs:  NET     dlnetwork
%            BUNDLE  of xverify.internal.load_bundle
%   Output:  ORDER   1 x N
%   Errors:  xverify:import:inputs if the network has other inputs
%
%   Example:
%     order = xverify.dlt.input_order(net, xverify.internal.load_bundle('cifar10-net'));
%
%   See also xverify.dlt.import, xverify.dlt.verify

names = cellfun(@char, cellstr(net.InputNames), 'UniformOutput', false);
names = names(:)';
ids = cellfun(@(item) item.id, bundle.inputs(:)', 'UniformOutput', false);
given = cellfun(@(item) matlab.lang.makeValidName(item.name), bundle.inputs(:)', 'UniformOutput', false);
order = zeros(1, numel(names));
for k = 1:numel(names)
  at = find(strcmp(ids, names{k}) | strcmp(given, names{k}), 1);
  if isempty(at) && numel(ids) == 1
    at = 1; % one input can be no other
  elseif isempty(at)
    at = 0;
  end
  order(k) = at;
end
if ~isequal(sort(order), 1:numel(ids))
  error('xverify:import:inputs', 'MATLAB''s network has the inputs %s; the bundle has %s.', strjoin(names, ', '), strjoin(ids, ', '));
end
end

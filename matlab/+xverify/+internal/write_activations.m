function write_activations(file, bundle, ids, arrays, producer, alone, why)
%WRITE_ACTIVATIONS Writes activations.mat: one variable a layer, and `xverify_info`, which says where they come from.
%   XVERIFY.INTERNAL.WRITE_ACTIVATIONS(FILE, BUNDLE, IDS, ARRAYS, PRODUCER) saves ARRAYS{k}, in the stored axis order, as the
%   variable IDS{k}. PRODUCER names the program: 'MATLAB R2024b'. FILE is written whole or not at all.
%   XVERIFY.INTERNAL.WRITE_ACTIVATIONS(..., ALONE) also saves each layer's value on PyTorch's own inputs, a field of the struct ALONE,
%   as the variable xverify_local_ID: no layer id begins with xverify.
%   XVERIFY.INTERNAL.WRITE_ACTIVATIONS(..., ALONE, WHY) also says, in xverify_info.without_local, why a layer has no such value: a field of
%   the struct WHY for each.
%
%   Errors: xverify:run:write.

content = struct();
info = struct('producer', producer, 'bundle_id', bundle.id, 'layers', struct());
byId = struct();
for k = 1:numel(bundle.layers)
  byId.(bundle.layers{k}.id) = bundle.layers{k};
end
for k = 1:numel(ids)
  content.(ids{k}) = arrays{k};
  if isfield(byId, ids{k})
    layer = byId.(ids{k});
    info.layers.(ids{k}) = struct('shape', layer.shape, 'dims', layer.dims, 'permutation', layer.permutation);
  end
end
if nargin > 5 && isstruct(alone)
  for id = fieldnames(alone)'
    content.(['xverify_local_' id{1}]) = alone.(id{1});
  end
end
if nargin > 6 && isstruct(alone)
  info.without_local = why;
end
content.xverify_info = info;
xverify.internal.save_whole(file, content, 'xverify:run:write');
end

function recipe = preprocessing(bundle)
%PREPROCESSING How an image becomes the network's input, checked against the network.
%   RECIPE = XVERIFY.INTERNAL.PREPROCESSING(BUNDLE) has the fields channels ('RGB', 'BGR' or 'L'), resize ([], the shorter side, or
%   [height width]), crop ([] or [height width]), interpolation, scale, mean, std (rows) of BUNDLE.preprocessing, size: [height width
%   channels] of the network's input, and scores: how many the network gives for an image.
%
%   Errors: xverify:evaluate:preprocessing, xverify:evaluate:network.

again = 'Export it again with --normalize; see `xverify export --help`.';
if ~isstruct(bundle.preprocessing)
  error('xverify:evaluate:preprocessing', 'The bundle does not say how an image becomes the network''s input. %s', again);
end
wanted = {'channels', 'resize', 'crop', 'interpolation', 'scale', 'mean', 'std'};
missing = wanted(~isfield(bundle.preprocessing, wanted));
if ~isempty(missing)
  error('xverify:evaluate:preprocessing', 'The bundle''s preprocessing lacks %s. %s', strjoin(missing, ', '), again);
end
recipe = bundle.preprocessing;
for name = {'resize', 'crop', 'scale', 'mean', 'std'}
  recipe.(name{1}) = double(recipe.(name{1})(:)');
end
[input, recipe.scores] = ends_of(bundle);
recipe.size = input.shape(input.permutation(1:3));
isSize = @(x) all(isfinite(x) & x >= 1 & x == round(x));
fits = [any(strcmp(recipe.channels, {'RGB', 'BGR', 'L'})), numel(recipe.resize) <= 2 && isSize(recipe.resize), ...
  any(numel(recipe.crop) == [0, 2]) && isSize(recipe.crop), any(strcmp(recipe.interpolation, {'nearest', 'bilinear', 'bicubic'})), ...
  isscalar(recipe.scale) && recipe.scale ~= 0, ...
  numel(recipe.mean) == numel(recipe.channels), numel(recipe.std) == numel(recipe.channels) && all(recipe.std ~= 0)];
if ~all(fits)
  error('xverify:evaluate:preprocessing', 'The bundle''s preprocessing has a value of %s that this code does not know. %s', ...
    wanted{find(~fits, 1)}, again);
end
if numel(recipe.channels) ~= recipe.size(3)
  error('xverify:evaluate:preprocessing', 'The bundle''s preprocessing makes %d channels (%s); the network takes %d. %s', ...
    numel(recipe.channels), recipe.channels, recipe.size(3), again);
end
end

function [input, scores] = ends_of(bundle)
%   One input of images and one output of scores: nothing else has samples with a class.
known = [bundle.inputs(:); bundle.layers(:)];
outputs = cellfun(@(output) known{cellfun(@(item) strcmp(item.id, output.layer), known)}, bundle.outputs(:), 'UniformOutput', false);
if numel(bundle.inputs) ~= 1 || ~strcmp(bundle.inputs{1}.dims, 'SSCB') || ~strcmp(bundle.inputs{1}.dtype, 'float32')
  error('xverify:evaluate:network', 'The network must have one input, of images (SSCB, float32); xverify.info lists its inputs.');
end
if numel(outputs) ~= 1 || ~strcmp(outputs{1}.dims, 'CB')
  error('xverify:evaluate:network', 'The network must have one output, of scores (CB); xverify.info lists its outputs.');
end
input = bundle.inputs{1};
scores = outputs{1}.shape(2);
if ~any(numel(bundle.classes) == [0, scores])
  error('xverify:evaluate:network', 'The bundle names %d classes, but the network gives %d scores. Export it again with their names.', ...
    numel(bundle.classes), scores);
end
end

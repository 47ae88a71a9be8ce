function prepare_images(file, result)
%PREPARE_IMAGES Decodes and prepares images as xverify.evaluate does, for a comparison with Pillow.
%   PREPARE_IMAGES(FILE, RESULT) reads the cell `cases` of FILE, structs with file (an image) and recipe (what
%   xverify.internal.preprocessing gives), and writes the cell `prepared` into RESULT: what the network gets, or the id and message of
%   the error as a char.

loaded = load(file);
prepared = cell(size(loaded.cases));
for k = 1:numel(prepared)
  item = loaded.cases{k};
  try
    pixels = xverify.internal.image_prepare(xverify.internal.image_decode(item.file), item.recipe, item.file);
    prepared{k} = xverify.internal.image_tensor(pixels, item.recipe);
  catch e
    prepared{k} = [e.identifier ' ' e.message];
  end
end
save(result, 'prepared', '-v6');
end

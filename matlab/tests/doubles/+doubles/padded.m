function X = padded(X, value, count, fill)
%PADDED A formatted array with a border around its COUNT spatial (or time) axes.

format = dims(X);
data = extractdata(X);
if strcmp(format, 'CBT')
  data = permute(data, [3 1 2]);
end
[before, behind] = doubles.edges(value, count);
data = xverify.internal.layer_volume(data, count);
data = xverify.internal.layer_unvolume(xverify.internal.pad_image(data, before, behind, fill), count);
if strcmp(format, 'CBT')
  data = permute(data, [2 3 1]);
end
X = dlarray(data, format);
end

function require(layer, property, sizes)
%REQUIRE Raises doubles:layer:size unless a property has these sizes; NaN stands for any size.
%   DOUBLES.REQUIRE(LAYER, PROPERTY, SIZES); trailing sizes of 1 may be missing, as MATLAB drops them.

value = layer.Settings.(property);
actual = size(value);
actual(end + 1:numel(sizes)) = 1;
expected = sizes;
expected(end + 1:numel(actual)) = 1;
free = isnan(expected);
if ~isequal(actual(~free), expected(~free)) || ~isa(value, 'single')
  error('doubles:layer:size', '%s: %s is %s %s, documented are single %s.', layer.Name, property, class(value), ...
    mat2str(actual), mat2str(sizes));
end
end

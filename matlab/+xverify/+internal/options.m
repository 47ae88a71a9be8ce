function result = options(caller, given, defaults)
%OPTIONS Name-value arguments over their defaults.
%   RESULT = XVERIFY.INTERNAL.OPTIONS(CALLER, GIVEN, DEFAULTS): GIVEN is a cell {'Name', value, ...}, DEFAULTS a struct with
%   every known name. CALLER is the function's name, for the error's id.
%
%   Errors: xverify:CALLER:option.

result = defaults;
names = fieldnames(defaults)';
for k = 1:2:numel(given)
  if ~ischar(given{k}) || ~any(strcmp(names, given{k})) || k == numel(given)
    error(['xverify:' caller ':option'], 'xverify.%s takes pairs of a name and a value; names: %s.', caller, strjoin(names, ', '));
  end
  result.(given{k}) = given{k + 1};
end
end

function value = option(settings, name, default)
%OPTION A setting, or its default.

value = default;
if isfield(settings, name)
  value = settings.(name);
end
end

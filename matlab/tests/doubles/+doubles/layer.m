function layer = layer(type, arguments, known, forward)
%LAYER A layer of a stand-in network: what every constructor of this folder returns.
%   LAYER = DOUBLES.LAYER(TYPE, ARGUMENTS, KNOWN, FORWARD): ARGUMENTS are pairs of a name and a value, each Name or one of KNOWN.
%   FORWARD is a function of the settings and the inputs, formatted arrays.

settings = struct();
name = '';
for k = 1:2:numel(arguments)
  if k == numel(arguments) || ~any(strcmp(arguments{k}, [{'Name'}, known]))
    error('doubles:layer:option', '%s does not know the argument %s.', type, disp(arguments{k}));
  end
  if strcmp(arguments{k}, 'Name')
    name = arguments{k + 1};
  else
    settings.(arguments{k}) = arguments{k + 1};
  end
end
if ~ischar(name) || isempty(name)
  error('doubles:layer:name', 'A %s has no name.', type);
end
layer = struct('Name', name, 'Type', type, 'Settings', settings, 'Forward', forward, 'NumInputs', 1, 'NumOutputs', 1, ...
  'InputNames', {{}});
end

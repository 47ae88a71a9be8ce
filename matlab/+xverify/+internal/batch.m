function batch()
%BATCH What `xverify run` and `xverify compare` start: runs a bundle as the environment variables say.
%   XVERIFY_BUNDLE       the bundle's folder
%   XVERIFY_ACTIVATIONS  the file to write
%   XVERIFY_LOCAL        1: also each layer's value on PyTorch's own inputs
%   XVERIFY_FAULT        a text file, for the error's id (first line) and message, if one occurs
%   Paths come by environment and never in code: a path may hold any character.
%
%   Errors: xverify:batch:octave for an Octave older than 7; what xverify.run raises.

try
  if exist('OCTAVE_VERSION', 'builtin') && str2double(strtok(OCTAVE_VERSION, '.')) < 7
    error('xverify:batch:octave', 'This is GNU Octave %s; xverify needs version 7 or newer.', OCTAVE_VERSION);
  end
  xverify.run(getenv('XVERIFY_BUNDLE'), 'Output', getenv('XVERIFY_ACTIVATIONS'), 'Local', strcmp(getenv('XVERIFY_LOCAL'), '1'));
catch e
  file = fopen(getenv('XVERIFY_FAULT'), 'w');
  if file >= 0
    fprintf(file, '%s\n%s', e.identifier, e.message);
    fclose(file);
  end
  rethrow(e);
end
end

function name = producer()
%PRODUCER The program that runs this code, with its version: 'GNU Octave 7.3.0' or 'MATLAB R2024b'.

if exist('OCTAVE_VERSION', 'builtin')
  name = ['GNU Octave ' OCTAVE_VERSION];
else
  name = ['MATLAB R' version('-release')];
end
end

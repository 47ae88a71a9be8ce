function save_whole(file, content, identifier)
%SAVE_WHOLE Writes the fields of a struct as the variables of a MAT file, whole or not at all.
%   XVERIFY.INTERNAL.SAVE_WHOLE(FILE, CONTENT, IDENTIFIER) writes beside FILE first and then renames. Format -v6: Python reads it, and
%   it is written 15 to 30 times faster than -v7.
%
%   Errors: IDENTIFIER, if FILE cannot be written.

partial = [file '.partial'];
cleanup = onCleanup(@() discard(partial)); %#ok<NASGU>
try
  save(partial, '-struct', 'content', '-v6');
  problem = '';
catch e
  problem = e.message;
end
if isempty(problem)
  [done, problem] = movefile(partial, file, 'f');
  if done
    return
  end
end
error(identifier, '%s cannot be written (%s). Name another file with the option ''Output''.', file, strtrim(problem));
end

function discard(partial)
%   Also after an interruption.
if exist(partial, 'file') == 2
  delete(partial);
end
end

"""MATLAB code that finds xverify's functions: shared by the scripts that call them."""

from collections.abc import Iterator


def add_path(needed: str) -> Iterator[str]:
    """Statements that set `here` and put the folder matlab on the path, unless a function is there already.

    Args:
        needed: The function that is called, such as 'xverify.verify'.
    """
    yield "here = fileparts(mfilename('fullpath'));"
    yield f"if isempty(which('{needed}'))"
    yield "  folders = {fullfile(here, 'matlab'), fullfile(fileparts(here), 'matlab')}; % in this folder, or beside it"
    yield "  found = folders(cellfun(@(folder) exist(fullfile(folder, '+xverify'), 'dir') == 7, folders));"
    yield "  if isempty(found)"
    yield "    error('xverify:path:missing', ['The folder matlab with xverify''s functions is not here. Copy it into %s: ' ..."
    yield "      '`xverify export --with-matlab` does so.'], here);"
    yield "  end"
    yield "  addpath(found{1});"
    yield "end"

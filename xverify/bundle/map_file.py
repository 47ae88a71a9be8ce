"""The TOML file that `--map` names, whatever it maps: a table for each layer, or parameter, of the bundle."""

import tomllib
from pathlib import Path
from typing import Any

from xverify.errors import XverifyError


def map_tables(file: Path, named: str, example: str) -> dict[str, Any]:
    """The file's tables, at least one, not yet checked.

    Args:
        file: The map.
        named: What a map of this kind names, in the plural, for an empty one.
        example: What an entry looks like, as the hint of errors.

    Raises:
        XverifyError: It cannot be read, is no TOML, or has no table.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise XverifyError(f"{file} cannot be read: {error.strerror}.", "Check the path given to --map.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise XverifyError(f"{file} is not valid TOML: {error}", example) from error
    if not tables:
        raise XverifyError(f"{file} names no {named}.", example)
    return tables

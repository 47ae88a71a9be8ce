"""The formats in which comparisons can be written to a file, and the one function that writes them.

A new format is one module with one function `*Comparison -> bytes`, and one entry here.
"""

import errno
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from xverify.comparison.results import Comparison
from xverify.errors import XverifyError
from xverify.report.json_report import to_json
from xverify.report.junit import to_junit
from xverify.report.markdown import to_markdown

FILE_FORMATS: dict[str, Callable[..., bytes]] = {
    "json": to_json,
    "junit": to_junit,
    "markdown": to_markdown,
}

_HINTS = {
    errno.ENOENT: "Create its folder first, or write elsewhere.",
    errno.ENOTDIR: "A part of the path is a file, not a folder: write elsewhere.",
    errno.EISDIR: "It is a folder: add a file name.",
    errno.EACCES: "You may not write there: choose another folder, or change its permissions.",
    errno.EROFS: "You may not write there: choose another folder.",
    errno.ENOSPC: "Free some space, or write elsewhere.",
}


def write_report(
    format: str,  # noqa: A002 - the option's name
    comparison: Comparison | Sequence[Comparison],
    path: str | Path,
) -> None:
    """Writes comparisons to a file; an existing file is replaced whole or not at all.

    Args:
        format: A key of `FILE_FORMATS`.
        comparison: What to write: one, or several of the same bundle.
        path: Where to. A device or pipe such as /dev/stdout is written to as it is.

    Raises:
        XverifyError: An unknown format, or a path that cannot be written.
    """
    writer = FILE_FORMATS.get(format)
    if writer is None:
        raise XverifyError(f"'{format}' is not a report format.", f"Known formats: {', '.join(FILE_FORMATS)}.")
    comparisons = [comparison] if isinstance(comparison, Comparison) else comparison
    write_file(path, writer(*comparisons))


def write_file(path: str | Path, data: bytes) -> None:
    """Writes what a report says; an existing file is replaced whole or not at all.

    Raises:
        XverifyError: The path cannot be written.
    """
    if str(path) == "-":
        raise XverifyError("'-' is no file.", "For standard output write /dev/stdout.")
    try:
        _write(Path(path), data)
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "Write the report elsewhere.")
        raise XverifyError(f"The report cannot be written to {path}: {error.strerror}.", hint) from error


def _write(path: Path, data: bytes) -> None:
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    target = path.resolve()  # through a symbolic link, to the file that it names
    partial = target.with_name(f".xverify-{uuid.uuid4().hex}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)

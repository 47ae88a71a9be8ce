"""The formats in which comparisons can be written to a file, and the functions that write them.

A new format is one module with one function `*Comparison -> bytes`, and one entry here.
"""

import errno
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from xverify.comparison.history import HistoryPoint
from xverify.comparison.results import Comparison
from xverify.errors import XverifyError
from xverify.report.extra import Extra
from xverify.report.json_report import to_json
from xverify.report.junit import to_junit
from xverify.report.markdown import to_markdown


def _html(*comparisons: Comparison, **more: Any) -> bytes:
    """As `to_html`, whose templates cost the other formats nothing."""
    from xverify.report.html.page import to_html  # noqa: PLC0415 - see above

    return to_html(*comparisons, **more)


FILE_FORMATS: dict[str, Callable[..., bytes]] = {
    "json": to_json,
    "junit": to_junit,
    "markdown": to_markdown,
    "html": _html,
}

_HINTS = {
    errno.ENOENT: "Create its folder first, or write elsewhere.",
    errno.ENOTDIR: "A part of the path is a file, not a folder: write elsewhere.",
    errno.EISDIR: "It is a folder: add a file name.",
    errno.EACCES: "You may not write there: choose another folder, or change its permissions.",
    errno.EROFS: "You may not write there: choose another folder.",
    errno.ENOSPC: "Free some space, or write elsewhere.",
}


def write_reports(
    files: Mapping[str, Path | None],
    comparisons: Sequence[Comparison],
    *,
    history: Sequence[HistoryPoint] = (),
    extras: Sequence[Extra] = (),
) -> list[XverifyError]:
    """Writes the reports that were asked for, all that can be; see `write_report`.

    Args:
        files: Format -> where to, or None where it was not asked for.
        comparisons: What to write.
        history: Earlier comparisons, for the formats that show them.
        extras: What stands beside the comparisons, for the formats that show it.

    Returns:
        Why some could not be written: the verdict stands all the same, so nothing is raised.
    """
    failures = []
    for name, path in files.items():
        if path is not None:
            try:
                write_report(name, comparisons, path, history=history, extras=extras)
            except XverifyError as error:
                failures.append(error)
            except MemoryError:
                failures.append(
                    XverifyError(f"There is not enough memory to write {path}.", "The JSON report takes the least.")
                )
    return failures


def write_report(
    format: str,  # noqa: A002 - the option's name
    comparison: Comparison | Sequence[Comparison],
    path: str | Path,
    *,
    history: Sequence[HistoryPoint] = (),
    extras: Sequence[Extra] = (),
) -> None:
    """Writes comparisons to a file; an existing file is replaced whole or not at all.

    Args:
        format: A key of `FILE_FORMATS`.
        comparison: What to write: one, or several of the same bundle.
        path: Where to. A device or pipe such as /dev/stdout is written to as it is.
        history: Earlier comparisons, for the formats that show them.
        extras: What stands beside the comparisons, for the formats that show it.

    Raises:
        XverifyError: An unknown format, or a path that cannot be written.
    """
    writer = FILE_FORMATS.get(format)
    if writer is None:
        raise XverifyError(f"'{format}' is not a report format.", f"Known formats: {', '.join(FILE_FORMATS)}.")
    comparisons = [comparison] if isinstance(comparison, Comparison) else comparison
    more: dict[str, dict[str, Any]] = {
        "html": {"history": history, "extras": extras},
        "markdown": {"history": history},
    }
    write_file(path, writer(*comparisons, **more.get(format, {})))


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

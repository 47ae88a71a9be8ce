"""What several commands share: options, and the console that they print to."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from xverify.errors import XverifyError

Command = Callable[..., Any]

PATH = click.Path(path_type=Path)
"""A file or folder that the workflow itself opens or makes, with its own messages."""


def verbosity(command: Command) -> Command:
    """-q and -v."""
    command = click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors; the exit code tells.")(
        command
    )
    return click.option("-v", "--verbose", is_flag=True, help="Print more: reasons, numbers that only inform.")(command)


def require_different_files(written: Mapping[str, Path | None], read: Sequence[Path]) -> None:
    """Two reports in one file leave the second alone, and a baseline that is written over calls everything known.

    Args:
        written: Option, without dashes -> the file that it writes, or None.
        read: Files that are read. Devices and pipes may be named as often as one likes.

    Raises:
        XverifyError: A file would be written twice, or written although it is read.
    """
    seen = {_place(path): f"the file {path} that it reads" for path in read}
    for option, path in written.items():
        if path is None or (path.exists() and not path.is_file()):
            continue
        if _place(path) in seen:
            from xverify.errors import XverifyError

            raise XverifyError(f"--{option} would write over {seen[_place(path)]}.", "Give it a file of its own.")
        seen[_place(path)] = f"what --{option} writes to {path}"


def _place(path: Path) -> str:
    """Where a path leads, through symbolic links; a loop of them leads nowhere, which whoever opens it says."""
    return os.path.realpath(path)


def written(path: Path | None, content: Callable[[], bytes]) -> "list[XverifyError]":
    """Writes a report, where a path is given; returns why that failed: the verdict stands all the same."""
    from xverify.errors import XverifyError
    from xverify.report.formats import write_file

    try:
        if path is not None:
            write_file(path, content())
    except XverifyError as error:
        return [error]
    return []


def console() -> "Console":
    """A rich console on stdout that reports a broken pipe instead of ending the program with a code of its own."""
    from rich.console import Console

    class _Console(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return _Console()

"""What several commands share: options, and the console that they print to."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

Command = Callable[..., Any]

PATH = click.Path(path_type=Path)
"""A file or folder that the workflow itself opens or makes, with its own messages."""


def verbosity(command: Command) -> Command:
    """-q and -v."""
    command = click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors; the exit code tells.")(
        command
    )
    return click.option("-v", "--verbose", is_flag=True, help="Print more: reasons, numbers that only inform.")(command)


def console() -> "Console":
    """A rich console on stdout that reports a broken pipe instead of ending the program with a code of its own."""
    from rich.console import Console

    class _Console(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return _Console()

"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]

EXISTING_PATH = click.Path(path_type=Path)


def verbosity(command: Command) -> Command:
    """-q and -v."""
    command = click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors; the exit code tells.")(
        command
    )
    return click.option(
        "-v", "--verbose", is_flag=True, help="Print more: reasons, environment, numbers that only inform."
    )(command)

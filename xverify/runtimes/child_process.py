"""Runs a program that we do not control: with a time limit, and gone with us, whatever happens."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from xverify.errors import XverifyError


class Ended(NamedTuple):
    """How a program ended: its exit code (negative: the signal that killed it) and what it printed, both streams together."""

    code: int
    output: str


def run_program(
    name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path, timeout: float
) -> Ended:
    """Starts a program, waits for it, and kills it with all its children on a time-out or an interruption.

    Args:
        name: What messages call it: 'GNU Octave'.
        command: The program and its arguments.
        environment: Variables to add to ours.
        folder: Where it runs.
        timeout: Seconds.

    Raises:
        XverifyError: It cannot be started, or took too long.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell; the program is the user's own choice
            list(command),
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own: MATLAB's start script has children
        )
    except OSError as error:
        raise XverifyError(f"{name} cannot be started: {command[0]}: {error.strerror}.", "Check the path.") from error
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        _kill(process)
        raise XverifyError(
            f"{name} was stopped after {timeout:g} s.",
            "Give it more time (`--timeout SECONDS`), or use a smaller input.",
        ) from None
    except BaseException:
        _kill(process)
        raise
    return Ended(process.returncode, output.decode(errors="replace"))


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.communicate()

"""The one place where an exception becomes an exit code and a message.

0 match, 1 mismatch, 2 the user's input, 3 a fault of xverify, 130 interrupted.
"""

import errno
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence

import click

from xverify.errors import MissingDependencyError, XverifyError
from xverify.version import VERSION

MATCH, MISMATCH, USER_ERROR, INTERNAL_ERROR, INTERRUPTED = 0, 1, 2, 3, 130

_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG}

_EXTRAS = {
    "onnx": "onnx", "onnx_ir": "onnx", "onnxscript": "onnx", "safetensors": "torch", "torch": "torch",
    "joblib": "train", "matplotlib": "train", "PIL": "train", "torchvision": "train",
}  # fmt: skip
"""Optional package -> the extra of xverify that brings it."""


def exit_code_of(action: Callable[[], int]) -> int:
    """Runs `action` and returns its exit code, having told the user about whatever it raised."""
    try:
        return action()
    except XverifyError as error:
        return _tell(error.message, error.hint)
    except ModuleNotFoundError as error:
        return _tell_missing(error)
    except (KeyboardInterrupt, EOFError):
        return _tell_interrupted()
    except BrokenPipeError:
        return INTERRUPTED
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            return _report_fault()
        what = error.filename or "Writing failed"  # a full disk is met in a write, whose error names no file
        return _tell(f"{what}: {error.strerror}.", "Free some space, or write elsewhere.")
    except MemoryError:
        return _tell("Not enough memory for this network.", "Use a smaller input (`--input`) or a smaller batch.")
    except Exception as error:  # noqa: BLE001 - the boundary: whatever else comes here is a fault of ours, reported as such
        return _tell_interrupted() if _was_interrupted(error) else _report_fault()


def interrupt_when_terminated() -> None:
    """Makes SIGTERM what Ctrl-C is, for this process: files are tidied up, and processes that were started end, too.

    It comes from `kill`, `timeout`, and a CI job that is cancelled. Without this, networks that train in other processes would
    go on.
    """
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def shielded(output: Callable[[], None]) -> None:
    """Runs what only prints: a reader that goes away (head, less) must not change the exit code."""
    try:
        output()
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout once more at exit, and would complain: give it somewhere to flush to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def printed(output: Callable[[], None]) -> list[XverifyError]:
    """As `shielded`, for what a verdict outlives: returns why the output could not be written, a full disk for example."""
    try:
        shielded(output)
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # as in `shielded`
        return [
            XverifyError(f"The output cannot be written: {error.strerror}.", "Free some space, or write elsewhere.")
        ]
    return []


def reported(accepted: bool, failures: Sequence[XverifyError]) -> int:
    """The exit code of a verdict whose reports may have failed: a mismatch stays one, and a match needs its reports."""
    for failure in failures:
        _tell(failure.message, failure.hint)
    if not accepted:
        return MISMATCH
    return USER_ERROR if failures else MATCH


def explained(error: click.ClickException) -> XverifyError:
    """Click's word on a wrong command line, as one of ours."""
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "xverify"
    return XverifyError(error.format_message(), f"`{command} --help` lists what it takes.")


def command_line() -> str:
    """The running command line, as a shell takes it: reports and bundles say how they were made."""
    return shlex.join(["xverify", *sys.argv[1:]])


def _tell_interrupted() -> int:
    print("Interrupted: nothing was left half written.", file=sys.stderr)
    return INTERRUPTED


def _was_interrupted(error: BaseException | None) -> bool:
    """Compiled packages that are being imported make another error of Ctrl-C: 'initialization failed', with it as the cause."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _tell(message: str, hint: str) -> int:
    from xverify.report.text import printable  # names in a message come from models and files

    print(f"ERROR {printable(message)}", file=sys.stderr)
    if hint:
        print(f"  TIP {printable(hint)}", file=sys.stderr)
    return USER_ERROR


def _tell_missing(error: ModuleNotFoundError) -> int:
    package = (error.name or "").partition(".")[0]
    if package not in _EXTRAS:
        return _report_fault()
    missing = MissingDependencyError(package, _EXTRAS[package], "This command")
    return _tell(missing.message, missing.hint)


def _report_fault() -> int:
    import platform
    import traceback

    line = "-" * 80
    print(
        "This is a fault of xverify, not of your input. Please report what stands between the lines:", file=sys.stderr
    )
    print(line, file=sys.stderr)
    print(f"xverify {VERSION}, Python {platform.python_version()}, {platform.platform()}", file=sys.stderr)
    print(f"command: {command_line()}", file=sys.stderr)
    traceback.print_exc()
    print(line, file=sys.stderr)
    return INTERNAL_ERROR

"""The one place where an exception becomes an exit code and a message.

0 match, 1 mismatch, 2 the user's input, 3 a fault of xverify, 130 interrupted.
"""

import errno
import sys
from collections.abc import Callable

from xverify.errors import XverifyError
from xverify.version import VERSION

MATCH, MISMATCH, USER_ERROR, INTERNAL_ERROR, INTERRUPTED = 0, 1, 2, 3, 130

_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def exit_code_of(action: Callable[[], int]) -> int:
    """Runs `action` and returns its exit code, having told the user about whatever it raised."""
    try:
        return action()
    except XverifyError as error:
        return _tell(error.message, error.hint)
    except (KeyboardInterrupt, EOFError):
        print("Interrupted: nothing was left half written.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return _quietly_closed()
    except OSError as error:
        if error.errno in _DISK_ERRORS:
            return _tell(
                f"{error.strerror}: {error.filename or 'while writing'}", "Free some space, or write elsewhere."
            )
        return _report_fault()
    except MemoryError:
        return _tell("Not enough memory for this network.", "Use a smaller input (`--input`) or a smaller batch.")
    except Exception:  # noqa: BLE001 - the boundary: whatever else comes here is a fault of ours, reported as such
        return _report_fault()


def _tell(message: str, hint: str) -> int:
    print(f"ERROR {message}", file=sys.stderr)
    if hint:
        print(f"  TIP {hint}", file=sys.stderr)
    return USER_ERROR


def _quietly_closed() -> int:
    # The reader of our pipe (head, less) went away. Python would complain once more at exit when it flushes stdout.
    sys.stderr.close()
    return MATCH


def _report_fault() -> int:
    import platform
    import traceback

    print(
        "This is a fault of xverify, not of your input. Please report what stands between the lines:", file=sys.stderr
    )
    print("-" * 80, file=sys.stderr)
    print(f"xverify {VERSION}, Python {platform.python_version()}, {platform.platform()}", file=sys.stderr)
    print(f"command: {' '.join(sys.argv[1:])}", file=sys.stderr)
    traceback.print_exc()
    print("-" * 80, file=sys.stderr)
    return INTERNAL_ERROR

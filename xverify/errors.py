"""The one exception that a user can mend.

Anything else that leaves xverify is a fault of xverify itself: the command line turns it into exit code 3 with a report
that can be pasted into an issue (xverify/cli/boundary.py).
"""


class XverifyError(Exception):
    """Something the user can mend: what is wrong and where (`message`), and what to do about it (`hint`)."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class MissingDependencyError(XverifyError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package '{package}', which is not installed.", f"pip install 'xverify[{extra}]'"
        )

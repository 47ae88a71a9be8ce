"""Exceptions that become exit codes: what an interruption looks like, and what does not."""

import pytest

from xverify.cli.boundary import INTERNAL_ERROR, INTERRUPTED, exit_code_of


def interrupted_import() -> int:
    """As a compiled package ends when Ctrl-C comes while it is being imported."""
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt as error:
        raise ImportError("initialization failed") from error


def broken_import() -> int:
    raise ImportError("initialization failed") from OSError("no such symbol")


def test_an_interruption_inside_an_import_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(interrupted_import) == INTERRUPTED
    assert capsys.readouterr().err == "Interrupted: nothing was left half written.\n"


def test_an_import_that_fails_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(broken_import) == INTERNAL_ERROR
    assert "This is a fault of xverify" in capsys.readouterr().err

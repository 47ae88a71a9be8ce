"""A folder is whole or absent, whatever happens while it is written."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xverify.bundle.folder import replacing, require_free
from xverify.bundle.matfile import MatWriter
from xverify.bundle.reference import ReferenceWriter
from xverify.errors import XverifyError

MANIFEST = "manifest.json"


def make(target: Path, text: str, *, force: bool = False, error: BaseException | None = None) -> None:
    with replacing(target, force=force) as fresh:
        (fresh / MANIFEST).write_text(text)
        (fresh / "deeper").mkdir()
        if error:
            raise error


def content(target: Path) -> str:
    return (target / MANIFEST).read_text()


@contextmanager
def nothing_else_in(parent: Path, *names: str) -> Iterator[None]:
    """No hidden folder is left beside what was named."""
    yield
    assert sorted(path.name for path in parent.iterdir()) == sorted(names)


def test_a_finished_folder_is_in_place_alone(tmp_path: Path) -> None:
    with nothing_else_in(tmp_path, "net"):
        make(tmp_path / "net", "first")
    assert content(tmp_path / "net") == "first"


def test_missing_parents_are_made(tmp_path: Path) -> None:
    make(tmp_path / "a" / "b" / "net", "first")
    assert content(tmp_path / "a" / "b" / "net") == "first"


def test_it_is_shared_like_any_folder(tmp_path: Path) -> None:
    """Whoever may read what the user makes may read the bundle: the permissions are the umask's."""
    make(tmp_path / "net", "first")
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "net").stat().st_mode == (tmp_path / "plain").stat().st_mode


ERRORS = [ValueError("x"), KeyboardInterrupt(), SystemExit(3), OSError(errno.ENOSPC, "No space left on device")]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_inside_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    with nothing_else_in(tmp_path), pytest.raises(type(error)) as caught:
        make(tmp_path / "net", "half", error=error)
    assert caught.value is error


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_inside_leaves_the_existing_folder_as_it_was(tmp_path: Path, error: BaseException) -> None:
    make(tmp_path / "net", "old")
    with nothing_else_in(tmp_path, "net"), pytest.raises(type(error)):
        make(tmp_path / "net", "half", force=True, error=error)
    assert content(tmp_path / "net") == "old"


def test_a_second_export_is_refused_before_it_begins(tmp_path: Path) -> None:
    make(tmp_path / "net", "first")
    with nothing_else_in(tmp_path, "net"), pytest.raises(XverifyError, match="exists already"):
        make(tmp_path / "net", "second", error=AssertionError("the work was begun"))
    assert content(tmp_path / "net") == "first"


def test_force_replaces_a_bundle_wholly(tmp_path: Path) -> None:
    make(tmp_path / "net", "first")
    (tmp_path / "net" / "activations.mat").write_text("old")
    with nothing_else_in(tmp_path, "net"):
        make(tmp_path / "net", "second", force=True)
    assert content(tmp_path / "net") == "second"
    assert not (tmp_path / "net" / "activations.mat").exists()


def test_force_fills_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    make(tmp_path / "net", "first", force=True)
    assert content(tmp_path / "net") == "first"


def test_force_replaces_nothing_but_bundles(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work")
    (tmp_path / "file").write_text("text")
    (tmp_path / "link").symlink_to(tmp_path / "thesis")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    make(tmp_path / "net", "bundle")
    (tmp_path / "to_bundle").symlink_to(tmp_path / "net")
    for name in ("thesis", "file", "link", "dangling", "to_bundle"):
        with pytest.raises(XverifyError, match="--force replaces only bundles"):
            make(tmp_path / name, "new", force=True)
        with pytest.raises(XverifyError, match="exists already"):
            require_free(tmp_path / name, force=False)
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "years of work"
    assert content(tmp_path / "net") == "bundle"


def test_what_another_export_made_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    def overtaken() -> None:
        with replacing(tmp_path / "net") as fresh:
            (fresh / MANIFEST).write_text("slow")
            make(tmp_path / "net", "quick")

    with nothing_else_in(tmp_path, "net"), pytest.raises(XverifyError, match="exists already"):
        overtaken()
    assert content(tmp_path / "net") == "quick"


@pytest.mark.parametrize("failing", [1, 2])
def test_a_rename_that_fails_puts_the_existing_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    make(tmp_path / "net", "old")
    calls: list[Path] = []
    rename = Path.rename

    def fails_once(self: Path, target: Any) -> Path:
        calls.append(self)
        if len(calls) == failing:
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_once)
    with nothing_else_in(tmp_path, "net"), pytest.raises(PermissionError):
        make(tmp_path / "net", "new", force=True)
    assert content(tmp_path / "net") == "old"


@pytest.mark.parametrize("target", [".", "../net", "../net/deeper/.."])
def test_the_working_directory_itself_can_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    make(tmp_path / "net", "old")
    monkeypatch.chdir(tmp_path / "net")
    with nothing_else_in(tmp_path, "net"):
        make(Path(target), "new", force=True)
    assert content(tmp_path / "net") == "new"


@pytest.mark.parametrize("parent", ["file", "file/deeper"])
def test_a_parent_that_cannot_be_is_refused(tmp_path: Path, parent: str) -> None:
    (tmp_path / "file").write_text("text")
    with pytest.raises(XverifyError, match="No folder can be made in") as caught:
        make(tmp_path / parent / "net", "x")
    assert caught.value.hint


def test_a_parent_that_may_not_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path, *_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "mkdir", denied)  # tests may run as root, who may write anywhere
    with pytest.raises(XverifyError, match=f"No folder can be made in {tmp_path}: Permission denied"):
        make(tmp_path / "net", "x")


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    calls = []
    write = MatWriter.write

    def full(self: MatWriter, name: str, value: object) -> None:
        calls.append(name)
        if len(calls) > after:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(self, name, value)

    def export() -> None:
        with replacing(tmp_path / "net") as fresh, ReferenceWriter(fresh, "id", "", file_limit=500) as writer:
            for name in "abc":
                writer.write(name, np.ones(100, np.float32), "")

    monkeypatch.setattr(MatWriter, "write", full)
    with nothing_else_in(tmp_path), pytest.raises(OSError, match="No space left"):
        export()

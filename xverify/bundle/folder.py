"""A folder that is whole or absent: written beside its target, then renamed into place."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xverify.errors import XverifyError


def require_free(target: Path, *, force: bool) -> None:
    """Refuses a target that exists, so that the refusal comes before the work and not after it.

    Raises:
        XverifyError: `target` exists and `force` is False, or it is not something that xverify may replace.
    """
    if not target.exists() and not target.is_symlink():
        return
    if not force:
        raise XverifyError(f"{target} exists already.", "Choose another folder, or replace it with --force.")
    if not target.is_dir() or target.is_symlink():
        raise XverifyError(f"{target} is not a folder; --force replaces only bundles.", "Choose another folder.")
    if any(target.iterdir()) and not (target / "manifest.json").is_file():
        raise XverifyError(
            f"{target} is not a bundle (it has no manifest.json); --force replaces only bundles.",
            "Choose another folder, or remove this one yourself.",
        )


@contextmanager
def replacing(target: Path, *, force: bool = False) -> Iterator[Path]:
    """Gives a fresh folder beside `target` and renames it to `target` when the block ends without an error.

    On any error, Ctrl-C included, the fresh folder is removed and an existing target stays as it was.

    Raises:
        XverifyError: As `require_free`; or no folder can be made there.
    """
    require_free(target, force=force)
    target = target.resolve()  # the working directory may be the target itself, which is moved aside
    fresh = _make_beside(target, "partial")
    try:
        yield fresh
        require_free(target, force=force)  # another export may have made it meanwhile
        _swap(fresh, target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _make_beside(target: Path, suffix: str) -> Path:
    """A new folder in the target's parent. Not from tempfile, whose folders are private: a bundle is shared like any file."""
    folder = target.parent / f".xverify-{uuid.uuid4().hex}.{suffix}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise XverifyError(
            f"No folder can be made in {target.parent}: {error.strerror}.", "Choose another place."
        ) from error
    return folder


def _swap(fresh: Path, target: Path) -> None:
    if not target.exists():
        fresh.rename(target)
        return
    # A folder cannot replace a non-empty one in one step: move the old one aside, so that it can be put back.
    aside = _make_beside(target, "old")
    old = aside / target.name
    try:
        target.rename(old)
        fresh.rename(target)
    except BaseException:
        if old.exists():
            old.rename(target)
        aside.rmdir()
        raise
    shutil.rmtree(aside, ignore_errors=True)

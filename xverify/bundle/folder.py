"""A folder that is whole or absent: written beside its target, then renamed into place."""

import shutil
import tempfile
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
    """
    require_free(target, force=force)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    try:
        fresh.chmod(0o755)  # mkdtemp makes private folders; a bundle is shared like any other file
        yield fresh
        _swap(fresh, target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _swap(fresh: Path, target: Path) -> None:
    if not target.exists():
        fresh.rename(target)
        return
    # A folder cannot replace a non-empty one in one step: move the old one aside, so that it can be put back.
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
    target.rename(aside / "old")
    try:
        fresh.rename(target)
    except BaseException:
        (aside / "old").rename(target)
        aside.rmdir()
        raise
    shutil.rmtree(aside, ignore_errors=True)

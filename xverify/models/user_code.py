"""Runs the user's Python: imports it, calls it, and tells the user's faults with the user's file and line."""

import contextlib
import importlib
import importlib.util
import itertools
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from xverify.errors import XverifyError

_counter = itertools.count(1)
_FRESH = "xverify_model_"  # how the names begin that files are imported under
_OURS = Path(__file__).resolve().parents[1]


@contextlib.contextmanager
def importable(folder: Path) -> Iterator[None]:
    """The modules in `folder` can be imported inside; those that were are forgotten afterwards.

    Forgotten, because two models in two folders may each have a module `blocks`: the second must not get the first's.
    A folder that already is on sys.path stays there, with its modules.
    """
    entry = str(folder.resolve())
    if entry in sys.path:
        yield
        return
    before = set(sys.modules)
    sys.path.insert(0, entry)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(entry)
        for name in [name for name in set(sys.modules) - before if _stands_in(name, Path(entry))]:
            del sys.modules[name]


def _stands_in(name: str, folder: Path) -> bool:
    """Whether the top-level package of module `name` is a file or a folder directly in `folder`, under its own name."""
    if name.startswith(_FRESH):
        return False
    top = sys.modules.get(name.partition(".")[0])
    places = getattr(top, "__path__", None) or [getattr(top, "__file__", None) or ""]
    return any(Path(place).parent == folder for place in places)


def import_file(path: Path) -> ModuleType:
    """Imports a Python file under a fresh name, so that neither a namesake nor an earlier version is taken for it.

    Raises:
        XverifyError: There is no such file, or it raises.
    """
    if not path.is_file():
        raise XverifyError(
            f"There is no file {path}.", "MODEL is path/to/file.py:factory; the path is relative to the current folder."
        )
    name = f"{_FRESH}{next(_counter)}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    assert spec is not None, "a .py file has a loader"
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and torch look classes up by their module's name
    try:
        with user_faults(f"Importing {path}"):
            spec.loader.exec_module(module)
    except XverifyError:
        del sys.modules[name]
        raise
    return module


def import_module(name: str) -> ModuleType:
    """Imports `pkg.mod`.

    Raises:
        XverifyError: There is no such module, or it raises.
    """
    try:
        with user_faults(f"Importing {name}"):
            return importlib.import_module(name)
    except XverifyError as error:
        cause = error.__cause__
        if isinstance(cause, ModuleNotFoundError) and f"{name}.".startswith(f"{cause.name}."):
            raise XverifyError(
                f"There is no module '{cause.name}'.",
                "Modules are searched in the current folder and in this Python's packages. A file is named path/to/file.py:factory.",
            ) from cause
        raise


@contextlib.contextmanager
def user_faults(doing: str) -> Iterator[None]:
    """Turns whatever the user's code raises into an XverifyError that names its line.

    SystemExit too: a script that parses arguments when imported would otherwise end xverify without a word.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())[:400]
        raise XverifyError(
            f"{doing} failed at {_place(error)}: {text}",
            "This is the model's own code: it must import and build without arguments, files or devices that are missing here.",
        ) from error


def _place(error: BaseException) -> str:
    """file:line of the innermost frame of the user's own code, or of the innermost frame at all."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_users(frame.filename)]
    frame = (own or list(frames))[-1]
    return f"{frame.filename}:{frame.lineno}"


def _is_users(filename: str) -> bool:
    if filename.startswith("<"):
        return False
    installed = [Path(sysconfig.get_path(key)).resolve() for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    return not any(Path(filename).resolve().is_relative_to(folder) for folder in (*installed, _OURS))

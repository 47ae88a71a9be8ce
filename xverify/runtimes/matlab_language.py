"""A bundle's weights.mat, run by a program that speaks MATLAB: GNU Octave, or MATLAB itself.

The program starts once. It writes every layer of one whole run and, where local errors are asked for first, every layer
alone on PyTorch's inputs.
"""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.errors import XverifyError
from xverify.runtimes.child_process import Ended, run_program
from xverify.runtimes.engines import Engine
from xverify.runtimes.matlab_files import matlab_folder
from xverify.runtimes.recorded import RecordedActivations
from xverify.runtimes.runtime import Activation

TIMEOUT = 1800.0
"""Seconds that a program may take, unless the user says otherwise."""

_CODE = "addpath(getenv('XVERIFY_CODE')); xverify.internal.batch();"
_EVALUATE = (
    "addpath(getenv('XVERIFY_CODE')); "
    "try, xverify.evaluate(getenv('XVERIFY_BUNDLE'), getenv('XVERIFY_SOURCE'), 'Output', getenv('XVERIFY_OUTPUT'), 'Print', false); "
    "catch e, f = fopen(getenv('XVERIFY_FAULT'), 'w'); fprintf(f, '%s\\n%s', e.identifier, e.message); fclose(f); rethrow(e); end"
)


class MatlabLanguageRuntime:
    """Runs a bundle in GNU Octave or MATLAB.

    Args:
        engine: Which program.
        bundle: The bundle. Its own copy of the MATLAB code, if it has one, is not used.
        threads: Threads of its matrix products; 0 leaves the choice to it.
        timeout: Seconds until it is stopped.
    """

    def __init__(self, engine: Engine, bundle: Bundle, *, threads: int = 0, timeout: float = TIMEOUT) -> None:
        self.engine, self.bundle, self.threads, self.timeout = engine, bundle, threads, timeout
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._recorded: RecordedActivations | None = None

    @property
    def name(self) -> str:
        """The program and, once it has run, its version."""
        return self._recorded.producer if self._recorded else self.engine.name

    @property
    def environment(self) -> dict[str, str]:
        """The program, and its threads."""
        return {"engine": self.name, "threads": str(self.threads) if self.threads else "default"}

    @property
    def notes(self) -> tuple[str, ...]:
        """Which weights were run."""
        return ("it ran weights.mat in plain MATLAB code; model.onnx was not read",)

    @property
    def reads_model(self) -> bool:
        """It reads weights.mat, not model.onnx."""
        return False

    def local(self, bundle: Bundle, references: dict[str, NDArray[Any]]) -> Iterator[Activation] | None:
        """Each layer alone; the program reads PyTorch's values from the bundle itself."""
        return self._run(local=True).local(bundle, references)

    def accumulated(self, bundle: Bundle) -> Iterator[Activation] | None:
        """Every layer of one whole run."""
        return self._run(local=False).accumulated(bundle)

    def optimised(self, bundle: Bundle) -> Iterator[Activation] | None:  # noqa: ARG002
        """None: the code has one form."""
        return None

    def _run(self, *, local: bool) -> RecordedActivations:
        """What the program wrote; it is started once, at the first call."""
        if self._recorded is None:
            self._folder = tempfile.TemporaryDirectory(prefix="xverify-")
            path = Path(self._folder.name) / "activations.mat"
            write_activations(self.engine, self.bundle, path, local=local, threads=self.threads, timeout=self.timeout)
            self._recorded = RecordedActivations(path, self.bundle)
        return self._recorded


def write_activations(
    engine: Engine, bundle: Bundle, path: Path, *, local: bool = False, threads: int = 0, timeout: float = TIMEOUT
) -> None:
    """Runs a bundle and writes its activations to `path`; with `local` also those of each layer on PyTorch's inputs.

    Raises:
        XverifyError: The program is absent or too old, fails, crashes, or takes too long.
    """
    given = {"XVERIFY_ACTIVATIONS": str(path.resolve()), "XVERIFY_LOCAL": "1" if local else ""}
    _run_code(engine, _CODE, bundle, path, given, "activations", threads, timeout)


def write_logits(
    engine: Engine, bundle: Bundle, source: Path, path: Path, *, threads: int = 0, timeout: float = TIMEOUT
) -> None:
    """Runs xverify.evaluate on a folder of images or a pixels file, and writes its logits file to `path`.

    Raises:
        XverifyError: The program is absent, fails, crashes, or takes too long.
    """
    given = {"XVERIFY_SOURCE": str(source.resolve()), "XVERIFY_OUTPUT": str(path.resolve())}
    _run_code(engine, _EVALUATE, bundle, path, given, "logits", threads, timeout)


def _run_code(
    engine: Engine,
    code: str,
    bundle: Bundle,
    path: Path,
    given: Mapping[str, str],
    what: str,
    threads: int,
    timeout: float,
) -> None:
    """Runs `code`, which writes `path`; whatever goes wrong is told with the program's own message."""
    with tempfile.TemporaryDirectory(prefix="xverify-") as scratch:
        fault = Path(scratch) / "fault.txt"
        environment = {
            "XVERIFY_CODE": str(matlab_folder()),
            "XVERIFY_BUNDLE": str(bundle.path.resolve()),
            "XVERIFY_FAULT": str(fault),
            **given,
        }
        if threads:
            environment |= {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
        ended = run_program(engine.name, engine.command(code), environment, Path(scratch), timeout)
        if fault.is_file():
            raise _fault(engine, fault.read_text(errors="replace"))
        if ended.code != 0 or not path.is_file():
            raise _crash(engine, ended, what)


def _fault(engine: Engine, text: str) -> XverifyError:
    identifier, _, message = text.partition("\n")
    return XverifyError(
        f"{engine.name} stopped: {message.strip() or 'no message'} [{identifier.strip() or 'no id'}]",
        "Where the network itself is at fault, `xverify compare BUNDLE` tries it in onnxruntime.",
    )


def _crash(engine: Engine, ended: Ended, what: str) -> XverifyError:
    how = f"was killed by signal {-ended.code}" if ended.code < 0 else f"ended with exit code {ended.code}"
    said = " ".join(ended.output.split())[-400:]
    return XverifyError(
        f"{engine.name} {how} and wrote no {what}{f': {said}' if said else '.'}",
        f"Check that it starts: {' '.join(engine.programs[:1])} --version. Memory may have run out, too.",
    )

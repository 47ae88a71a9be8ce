"""For a user's own tests: assert that a model survives the export, layer by layer.

>>> from xverify.testing import assert_parity
>>> def test_my_network():
...     assert_parity(MyNetwork(), torch.randn(2, 3, 32, 48))  # doctest: +SKIP

The pytest fixture `xverify_parity` (xverify/pytest_plugin.py) does the same through `compare_model`. Importing this module
imports nothing heavy: pytest does it in every session.
"""

import contextlib
import dataclasses
import logging
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

    from xverify.comparison.policy import Policy
    from xverify.comparison.results import Comparison
    from xverify.report.summary import Fact

_ONNXRUNTIME = "onnxruntime"  # compare's default, which commands need not name


class ParityError(AssertionError):
    """A network that is not the same on the other side. The message says where and why.

    Attributes:
        comparisons: All that were made of the network, those that passed too.
    """

    def __init__(self, text: str, comparisons: "Sequence[Comparison]" = ()) -> None:
        super().__init__(text)
        self.comparisons = tuple(comparisons)


def assert_parity(
    model: "nn.Module",
    inputs: Any,
    policy: "Policy | None" = None,
    *,
    against: "str | Path" = _ONNXRUNTIME,
    keep: "str | Path | None" = None,
    **options: Any,
) -> "Comparison":
    """Exports a model to a temporary bundle, compares it, and raises AssertionError unless every layer passes.

    Args:
        model: A torch.nn.Module of float32 parameters.
        inputs: A tensor, a tuple of positional inputs, or a dict of keyword inputs.
        policy: Tolerances and permissions; the calibrated tolerance if None.
        against: 'onnxruntime', 'octave', 'matlab', or the path of a .mat file of activations.
        keep: A folder that the bundle is moved to where the comparison fails; a bundle that is there is replaced.
        **options: As for `xverify.export`; and `threads`, `timeout`, `variable_map` (see `xverify.workflows.compare.RunOptions`).

    Returns:
        The comparison, for further assertions.

    Raises:
        ParityError: The verdict is not a pass; the message says where and why. It is an AssertionError.
        XverifyError: The model cannot be exported, or its ONNX already differs at export.
    """
    __tracebackhide__ = True
    kept = None if keep is None else Path(keep)
    comparisons, text = compare_model(model, inputs, [against], policy, keep=kept, **options)
    if text:
        raise ParityError(text, comparisons)
    return comparisons[0]


def compare_model(
    model: "nn.Module",
    inputs: Any,
    against: "Sequence[str | Path]",
    policy: "Policy | None" = None,
    *,
    keep: Path | None = None,
    how_to_keep: str = "assert_parity(..., keep='FOLDER')",
    folder: str = "bundle",
    place: str = "",
    **options: Any,
) -> "tuple[list[Comparison], str]":
    """Exports a model to a temporary bundle and compares it with each of several other sides.

    Args:
        model: As for `assert_parity`.
        inputs: As for `assert_parity`.
        against: As for `assert_parity`, one or more.
        policy: As for `assert_parity`.
        keep: As for `assert_parity`.
        how_to_keep: What the user does to get the bundle where `keep` is None.
        folder: Name of the bundle's folder, which the comparisons bear.
        place: Where the test called, for the message: 'tests/test_net.py:12'.
        **options: As for `assert_parity`.

    Returns:
        The comparisons in the order of `against`, and the message of a failed test: '' where all pass.

    Raises:
        XverifyError: As `assert_parity`.
    """
    __tracebackhide__ = True
    from xverify.report.failure import failure_text
    from xverify.workflows.api import export_model
    from xverify.workflows.compare import RunOptions, compare_all

    names = {field.name for field in dataclasses.fields(RunOptions)}
    run = RunOptions(**{name: value for name, value in options.items() if name in names})
    export = {name: value for name, value in options.items() if name not in names}
    with tempfile.TemporaryDirectory(prefix="xverify-") as temporary:
        with _without_trace():
            bundle = export_model(model, inputs, Path(temporary) / folder, **export)
        comparisons = compare_all(bundle, against, policy, run)
        failed = [comparison for comparison in comparisons if not comparison.passed]
        if failed and keep is not None:
            _move(bundle.path, keep)
    sides = [side for side, comparison in zip(against, comparisons, strict=True) if not comparison.passed]
    texts = []
    for comparison, side in zip(failed, sides, strict=True):
        more = [*_place(place), *_more(comparison, str(side), keep, how_to_keep)]
        texts.append(failure_text(comparison, more))
    return comparisons, "\n\n".join(texts)


@contextlib.contextmanager
def _without_trace() -> Iterator[None]:
    """Keeps torch's trace of its own compiler out of the log that pytest 9 prints below a failed test."""
    logger = logging.getLogger("torch.__trace")
    handlers = [handler for handler in logger.handlers if type(handler).__module__.startswith("_pytest.")]
    for handler in handlers:
        logger.removeHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            logger.addHandler(handler)


def _place(place: str) -> "list[Fact]":
    from xverify.report.summary import Fact

    return [Fact("called at", place)] if place else []


def _more(comparison: "Comparison", against: str, keep: Path | None, how_to_keep: str) -> "list[Fact]":
    """How to see more: the command, and how to get the bundle that it needs."""
    from xverify.report.faults import faulty_layer
    from xverify.report.summary import Fact

    layer, bundle = faulty_layer(comparison), _shown(keep)
    words = ["compare", bundle] if layer is None else ["explain", bundle, layer.id]
    if against != _ONNXRUNTIME:
        words += ["--against", against]
    facts = [] if keep else [Fact("keep the bundle", how_to_keep)]
    return [*facts, Fact("see more", f"xverify {shlex.join(words)}")]


def _shown(keep: Path | None) -> str:
    """The kept bundle as one types it from here."""
    if keep is None:
        return "FOLDER"
    return str(keep.relative_to(Path.cwd()) if keep.is_absolute() and keep.is_relative_to(Path.cwd()) else keep)


def _move(bundle: Path, target: Path) -> None:
    """Moves a bundle whole or not at all, also to another disk."""
    import shutil

    from xverify.bundle.folder import replacing

    with replacing(target, force=True) as fresh:
        shutil.copytree(bundle, fresh, dirs_exist_ok=True)

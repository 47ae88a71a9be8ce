"""For a user's own tests: assert that a model survives the export, layer by layer.

>>> from xverify.testing import assert_parity
>>> def test_my_network():
...     assert_parity(MyNetwork(), torch.randn(2, 3, 32, 48))  # doctest: +SKIP
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

    from xverify.comparison.policy import Policy
    from xverify.comparison.results import Comparison


def assert_parity(model: "nn.Module", inputs: Any, policy: "Policy | None" = None, **options: Any) -> "Comparison":
    """Exports a model to a temporary bundle, compares it, and raises AssertionError unless every layer passes.

    Args:
        model: A torch.nn.Module of float32 parameters.
        inputs: A tensor, a tuple of positional inputs, or a dict of keyword inputs.
        policy: Tolerances and permissions; the calibrated tolerance if None.
        **options: As for `xverify.export`.

    Returns:
        The comparison, for further assertions.

    Raises:
        AssertionError: The verdict is not a pass; the message holds the report.
        XverifyError: The model cannot be exported, or its ONNX already differs at export.
    """
    from xverify.workflows.api import export_model
    from xverify.workflows.compare import compare

    with tempfile.TemporaryDirectory(prefix="xverify-") as folder:
        comparison = compare(export_model(model, inputs, Path(folder) / "bundle", **options), policy=policy)
    if not comparison.passed:
        raise AssertionError(_text(comparison))
    return comparison


def _text(comparison: "Comparison") -> str:
    import io

    from rich.console import Console

    from xverify.report.terminal import print_comparison

    text = io.StringIO()
    console = Console(file=text, width=140)
    print_comparison(comparison, console, show_all=False, verbose=True)
    return text.getvalue()

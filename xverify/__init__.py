"""xverify: proves that a network trained in PyTorch computes the same thing in MATLAB, layer by layer.

>>> import xverify
>>> bundle = xverify.export(model, inputs, "net")      # doctest: +SKIP
>>> comparison = xverify.compare(bundle)               # doctest: +SKIP
>>> comparison.passed, comparison.coverage             # doctest: +SKIP
(True, Coverage(compared=21, total=21))

Importing it imports neither torch nor onnxruntime: those come with the function that needs them.
"""

from typing import TYPE_CHECKING, Any

from xverify.errors import XverifyError
from xverify.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from xverify.bundle.bundle import Bundle
    from xverify.comparison.policy import Policy
    from xverify.comparison.results import Comparison

__version__ = VERSION

__all__ = ["XverifyError", "__version__", "compare", "export", "load_bundle"]


def export(model: "nn.Module", inputs: Any, path: "str | Path", **options: Any) -> "Bundle":
    """Exports a live model to a bundle, and compares the written ONNX with it.

    Args:
        model: Any torch.nn.Module of float32 parameters. It is copied, put into eval mode and onto the CPU; the caller's is not
            changed.
        inputs: A tensor, a tuple of positional inputs, or a dict of keyword inputs; float32, integer or boolean tensors.
        path: The bundle's folder.
        **options: `name`, `classes`, `seed`, `noise_runs`, `float64`, `force`: see `xverify.workflows.export_options.ExportOptions`.

    Returns:
        The bundle.

    Raises:
        XverifyError: The model cannot be exported or verified; the message says why.
    """
    from pathlib import Path

    from xverify.workflows.api import export_model

    return export_model(model, inputs, Path(path), **options)


def load_bundle(path: "str | Path") -> "Bundle":
    """Opens a bundle and checks the hash of every file in it.

    Raises:
        XverifyError: Not a bundle, a newer format, or a file that is not the one that was exported.
    """
    from xverify.bundle.bundle import load_bundle as load

    return load(path)


def compare(
    bundle: "Bundle | str | Path", against: "str | Path" = "onnxruntime", policy: "Policy | None" = None
) -> "Comparison":
    """Compares every layer of a bundle with PyTorch's recorded values; needs no torch.

    Args:
        bundle: What `export` or `load_bundle` returned, or the folder.
        against: 'onnxruntime', or a .mat file of activations.
        policy: Tolerances and permissions (`xverify.comparison.policy.Policy`); the calibrated tolerance if None.

    Returns:
        The verdict: `.passed`, `.layers`, `.coverage`, `.first_fault`, `.to_dict()`.

    Raises:
        XverifyError: The bundle is damaged, or the other side cannot be read or run.
    """
    from xverify.workflows.compare import compare as run

    return run(bundle, against, policy)

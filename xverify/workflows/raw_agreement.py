"""The normalised ONNX against the exporter's raw one: the passes must not change what is computed.

The layers of the written file are compared with PyTorch anyway; this tells a fault of a pass from a fault of the exporter.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from xverify.bundle.manifest import Manifest
from xverify.comparison.conversion import check_output
from xverify.errors import XverifyError
from xverify.onnx_export.ready import OUR_FAULT
from xverify.program.capture import Arguments
from xverify.program.layers import Network
from xverify.runtimes.plain_model import PlainModel
from xverify.workflows.conversion_check import check_batches

Array = NDArray[Any]


def raw_outputs(model: ir.Model, network: Network, inputs: Arguments, folder: Path) -> list[Array]:
    """What the raw model computes in onnxruntime, in the order of its outputs.

    Args:
        model: What torch.onnx.export made.
        network: The program, for the names of its inputs.
        inputs: The export's inputs.
        folder: Where the model is written for the run, and removed again.
    """
    raw, weights = folder / "raw.onnx", folder / "raw.onnx.data"
    try:
        ir.save(model, raw, external_data=weights.name)
        given = {
            item.node.name: np.ascontiguousarray(tensor.numpy())
            for item, tensor in zip(network.inputs, inputs.tensors, strict=True)
        }
        loaded = PlainModel(raw)
        return loaded.run({port.name: given[port.name] for port in loaded.inputs})
    finally:
        raw.unlink(missing_ok=True)
        weights.unlink(missing_ok=True)


def require_raw_agreement(
    path: Path, manifest: Manifest, values: Sequence[Array], expected: Sequence[Array], *, any_batch: bool
) -> None:
    """The outputs of the written file against the raw file's, each within its layer's accumulated tolerance.

    Args:
        path: The written file.
        manifest: Its manifest, with the outputs' tolerances.
        values: The inputs' values, in the manifest's order.
        expected: The raw file's outputs.
        any_batch: Whether the file's batch is symbolic, and is to be run with one element more.

    Raises:
        XverifyError: They differ: a fault of a pass; or the network is not the same for each element of a batch.
    """
    layers = {layer.id: layer for layer in manifest.layers}
    feeds = {item.onnx_tensor: value for item, value in zip(manifest.inputs, values, strict=True) if item.onnx_tensor}
    actual = PlainModel(path).run(feeds)
    for output, one, other in zip(manifest.outputs, actual, expected, strict=True):
        layer = layers.get(output.layer)
        check = check_output(output.name, one, other, layer.tolerance.accumulated if layer else 0.0)
        if not check.passed:
            raise XverifyError(
                f"The normalised ONNX does not compute what the exporter's does: output {check.name}: {check.reason}.",
                OUR_FAULT,
            )
    if any_batch:
        check_batches(path, actual, feeds)

"""Bundles made by hand, without a model: each layer has the value and the tolerance that a test gives it.

model.onnx and weights.mat hold nothing: only runtimes that do not read the model can be compared with such a bundle.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import MODEL, WEIGHTS, Bundle, load_bundle, write_manifest
from xverify.bundle.hashing import file_sha256
from xverify.bundle.manifest import (
    FORMAT_VERSION,
    Environment,
    Error,
    Input,
    Layer,
    Manifest,
    Model,
    Noise,
    NoiseFloor,
    Output,
    StoredArray,
    Tolerance,
)
from xverify.bundle.reference import ReferenceWriter

Array = NDArray[Any]

BUNDLE_ID = "0b0e7a52-3ab7-4c2e-b0ad-1d6c9a4e52c1"
LOCAL, ACCUMULATED = 1e-4, 1e-3
"""The tolerances of a layer that is given none."""

ENVIRONMENT = Environment(
    xverify="0", python="3", torch="2", onnx="1", onnxruntime="1", numpy="2", platform="x", cpu="x", cpu_capability="x", torch_threads=1,
    seed=0, date="2026-01-01", command="by hand",
)  # fmt: skip


def handmade(
    folder: Path,
    layers: Mapping[str, Array],
    *,
    inputs: Mapping[str, Array] | None = None,
    dims: Mapping[str, str] | None = None,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    outputs: tuple[str, ...] | None = None,
) -> Bundle:
    """Writes a bundle and opens it.

    Args:
        folder: Made, with its parents.
        layers: Id -> PyTorch's value, in topological order.
        inputs: Id -> value; one small input if None.
        dims: Id -> dims; '' where not given.
        changes: Id -> fields of `Layer` other than the default's.
        outputs: Ids of the layers that are outputs; the last one if None.
    """
    folder.mkdir(parents=True)
    dims, changes = dims or {}, changes or {}
    given = inputs if inputs is not None else {"x": np.arange(6, dtype=np.float32).reshape(2, 3)}
    with ReferenceWriter(folder, BUNDLE_ID, "by hand") as writer:
        made_inputs = tuple(
            _input(name, value, writer.write(name, value, dims.get(name, ""))) for name, value in given.items()
        )
        made_layers = tuple(
            _layer(name, value, writer.write(name, value, dims.get(name, "")), changes.get(name, {}))
            for name, value in layers.items()
        )
    for name in (MODEL, WEIGHTS):
        (folder / name).write_bytes(name.encode())
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        bundle_id=BUNDLE_ID,
        model=Model("handmade", "", "", opset=17, ir_version=8),
        inputs=made_inputs,
        outputs=tuple(Output(name, name) for name in (outputs or tuple(layers)[-1:])),
        layers=made_layers,
        parameters=(),
        initializers=(),
        noise=Noise(k_local=6.0, k_accumulated=10.0, noise_runs=4, float64=True),
        environment=ENVIRONMENT,
        files={name: file_sha256(folder / name) for name in (MODEL, WEIGHTS, *writer.files)},
    )
    write_manifest(folder, manifest)
    return load_bundle(folder)


def _input(name: str, value: Array, stored: StoredArray) -> Input:
    return Input(name, name, name, str(value.dtype), value.shape, stored.dims, stored)


def _layer(name: str, value: Array, stored: StoredArray, changes: Mapping[str, Any]) -> Layer:
    fields: dict[str, Any] = {
        "id": name,
        "module_path": f"net.{name}",
        "module_type": "",
        "fx_node": name,
        "source_line": "",
        "operation": "made",
        "onnx_tensor": name,
        "alias_of": "",
        "matlab_layer": "",
        "matlab_note": "",
        "shape": value.shape,
        "dims": stored.dims,
        "dtype": str(value.dtype),
        "inputs": (),
        "parameters": (),
        "array": stored,
        "magnitude": 1.0,
        "rms": 1.0,
        "all_zero": False,
        "noise_floor": NoiseFloor(Error(1e-5, 1e-6), Error(1e-5, 1e-6)),
        "tolerance": Tolerance(LOCAL, ACCUMULATED, "by hand"),
    }
    return Layer(**fields | dict(changes))

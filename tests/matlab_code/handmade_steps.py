"""Networks made of steps by hand: what the generator of MATLAB code reads, without a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from handmade_bundles import handmade

from xverify.bundle.manifest import Manifest
from xverify.bundle.weights import Attribute, Operation, StoredParameter

HOSTILE = "it's\n%{ \u202e evil'); system('x') % | ` <b>\r\ttail"
"""A name that tries to end a text, a comment, a code span and a table's cell."""


@dataclass(frozen=True)
class Steps:
    """What `build_script` takes."""

    manifest: Manifest
    graph: list[Operation]
    parameters: list[StoredParameter]


def step(
    op: str,
    layer: str,
    inputs: Sequence[str],
    parameters: Sequence[str] = (),
    output: str = "",
    **attributes: Attribute,
) -> Operation:
    """A step with one output; its parameters are named after its layer, those of an ONNX operator are its second operands."""
    name = output or layer
    keys = {item: f"{name}_{item}" for item in parameters}
    order = ["value"] * len(inputs) + list(parameters) if parameters and op[0].isupper() else []
    return Operation(op, layer, tuple(inputs), (name,), attributes, keys, tuple(order))


def stored(key: str, *shape: int, value: float | None = None) -> StoredParameter:
    """A parameter; its values do not matter unless one is given."""
    array: Any = np.zeros(shape, np.float32) if value is None else np.full(shape, value, np.float32)
    return StoredParameter(key, array, "", ())


def steps(
    folder: Path,
    graph: Sequence[Operation],
    parameters: Sequence[StoredParameter],
    shapes: Mapping[str, tuple[tuple[int, ...], str]],
    inputs: Sequence[str] = ("x",),
    outputs: Sequence[str] = (),
    name: str = "handmade",
    classes: Sequence[str] = (),
) -> Steps:
    """Steps with their manifest: `shapes` gives each value's shape and dims."""
    values = {key: np.ones(shape, np.float32) for key, (shape, _) in shapes.items()}
    bundle = handmade(
        folder / "bundle",
        {key: value for key, value in values.items() if key not in inputs},
        inputs={key: values[key] for key in inputs},
        dims={key: dims for key, (_, dims) in shapes.items()},
        outputs=tuple(outputs) or None,
    )
    model = msgspec.structs.replace(bundle.manifest.model, name=name, classes=tuple(classes))
    return Steps(msgspec.structs.replace(bundle.manifest, model=model), list(graph), list(parameters))


def branching(folder: Path, name: str = "handmade", classes: Sequence[str] = ()) -> Steps:
    """A convolution, a formula of three steps, a sum, and a head behind a flattening."""
    graph = [
        step("convolution2dLayer", "conv", ["x"], ["Weights"], stride=[2.0, 1.0], padding=[0.0, 1.0]),
        step("Add", "", ["conv"], ["operand_2"], output="val_1"),
        step("Clip", "", ["val_1"], ["operand_2", "operand_3"], output="val_2"),
        step("Mul", "act", ["conv", "val_2"]),
        step("additionLayer", "add", ["act", "conv"], alpha=1.0),
        step("Flatten", "flat", ["add"], axis=1.0),
        step("fullyConnectedLayer", "head", ["flat"], ["Weights", "Bias"]),
    ]
    parameters = [
        stored("conv_Weights", 3, 3, 2, 4), stored("val_1_operand_2", value=3), stored("val_2_operand_2", value=0),
        stored("val_2_operand_3", value=6), stored("head_Weights", 5, 4 * 3 * 6), stored("head_Bias", 5, 1),
    ]  # fmt: skip
    image = ((1, 4, 3, 6), "NCHW")
    shapes = {
        "x": ((1, 2, 7, 6), "NCHW"), "conv": image, "act": image, "add": image, "flat": ((1, 72), "NC"), "head": ((1, 5), "NC"),
    }  # fmt: skip
    return steps(folder, graph, parameters, shapes, name=name, classes=classes)

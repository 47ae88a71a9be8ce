"""Weights that MATLAB itself saved, beside the PyTorch or ONNX side of the same network."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import scipy.io
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from xverify.layouts.table import layout_for

Array = NDArray[Any]
DATA = Path(__file__).parents[3] / "shared" / "data" / "matlab-made"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the files that MATLAB saved are not here: {DATA}")


@pytest.mark.parametrize(("role", "name"), [("feature.0", "conv1"), ("feature.2", "conv2")])
def test_dcfnet(role: str, name: str) -> None:
    """MatConvNet's kernels, (kH, kW, Cin, Cout) as MATLAB's layers; the first one's input channels are BGR."""
    matlab = scipy.io.loadmat(DATA / "dcfnet" / "net_param.mat")
    state = torch.load(DATA / "dcfnet" / "param.pth", weights_only=True)
    parameters = {"weight": state[f"{role}.weight"].numpy(), "bias": state[f"{role}.bias"].numpy()}
    layout = layout_for("conv2d", {}, parameters)
    weights = matlab[f"{name}_w"][:, :, ::-1] if name == "conv1" else matlab[f"{name}_w"]
    stored = layout.to_matlab(parameters)
    np.testing.assert_array_equal(stored["Weights"].array, weights)
    np.testing.assert_array_equal(stored["Bias"].array.ravel(), matlab[f"{name}_b"].ravel())
    back = layout.to_pytorch({"Weights": weights, "Bias": matlab[f"{name}_b"].reshape(1, 1, -1)})
    np.testing.assert_array_equal(back["weight"], parameters["weight"])


def saved_layers(path: Path) -> list[dict[str, Array]]:
    """Weights and Bias of every layer with Weights in a DAGNetwork that MATLAB saved."""
    matio = pytest.importorskip("matio", reason="mat-io, which reads network objects, is not installed")
    (network,) = (value.properties["any"][0, 0] for value in matio.load_from_mat(path).values())
    records = [layer.properties["any"][0, 0] for layer in network["Layers"].flat]
    return [
        {name: np.asarray(record[name][0, 0]["Value"]) for name in ("Weights", "Bias")}
        for record in records
        if "Weights" in record.dtype.names
    ]


def onnx_convolutions(path: Path) -> list[tuple[bool, dict[str, Array]]]:
    """Whether it is transposed, and the parameters, of every convolution of an ONNX file."""
    graph = onnx.load(path).graph
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    return [
        (node.op_type == "ConvTranspose", {"weight": arrays[node.input[1]], "bias": arrays[node.input[2]]})
        for node in graph.node
        if node.op_type in {"Conv", "ConvTranspose"}
    ]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("file", ["unet113_2019.mat", "unet113_2024b.mat"])
def test_unet(file: str) -> None:
    """Each of 19 + 4 ONNX convolutions is exactly one MATLAB layer, bit for bit, in both directions."""
    layers = saved_layers(DATA / "unet" / file)
    convolutions = onnx_convolutions(DATA / "unet" / "unet_113.onnx")
    assert [transposed for transposed, _ in convolutions].count(True) == 4
    assert len(layers) == len(convolutions) == 23
    matched = [
        index for transposed, parameters in convolutions for index in equal_layers(transposed, parameters, layers)
    ]
    assert sorted(matched) == list(range(23))


def equal_layers(transposed: bool, parameters: dict[str, Array], layers: list[dict[str, Array]]) -> list[int]:
    """The MATLAB layers that hold these parameters, after export and after re-import."""
    layout = layout_for("convolution", {"transposed": transposed}, parameters)
    stored = {name: parameter.array for name, parameter in layout.to_matlab(parameters).items()}
    return [
        index
        for index, layer in enumerate(layers)
        if layer["Weights"].size == stored["Weights"].size
        and equal({name: array.reshape(stored[name].shape) for name, array in layer.items()}, stored)
        and equal(layout.to_pytorch(layer), parameters)
    ]


def equal(actual: dict[str, Array], expected: dict[str, Array]) -> bool:
    return actual.keys() == expected.keys() and all(np.array_equal(actual[name], expected[name]) for name in expected)

"""A small network whose square maps, similar names and equal shapes invite false passes; its recorded values; and edits of its model."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from faults import copied
from made_network import randomise_norms
from numpy.typing import NDArray
from scipy.io import savemat
from torch import Tensor, nn

from xverify.bundle.bundle import Bundle
from xverify.comparison.policy import Policy
from xverify.comparison.results import Comparison
from xverify.workflows.compare import compare

Array = NDArray[Any]
ACTIVATIONS_ALONE = Policy(check_parameters=False)


class Net(nn.Module):
    """Square feature maps, names that contain each other, a column output, two outputs of one shape."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.fc1 = nn.Linear(4, 4)
        self.fc10 = nn.Linear(4, 4)
        self.score = nn.Linear(4, 1)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.bn(self.conv1(x)))
        pooled = self.dropout(y.mean(dim=(2, 3)))
        return torch.sigmoid(self.score(torch.tanh(self.fc1(pooled)) + self.fc10(pooled)))


def net() -> Net:
    torch.manual_seed(0)
    model = Net()
    randomise_norms(model)
    return model


def matlab_arrays(bundle: Bundle) -> dict[str, Array]:
    """What a correct MATLAB run would write: every layer's reference, in MATLAB's axis order."""
    return {
        layer.id: bundle.reference(layer).transpose(layer.array.permutation)
        for layer in bundle.manifest.layers
        if not layer.alias_of
    }


def against(bundle: Bundle, arrays: dict[str, Array], folder: Path, policy: Policy | None = None) -> Comparison:
    path = folder / "activations.mat"
    savemat(path, arrays)
    return compare(bundle, path, policy)


@contextmanager
def edited(bundle: Bundle, folder: Path, change: Callable[[onnx.ModelProto], None]) -> Iterator[Bundle]:
    """A copy of the bundle with an edited model, its hashes recomputed."""
    model = onnx.load(bundle.model_path)
    change(model)
    with copied(bundle, folder / "edited", model.SerializeToString()) as changed:
        yield changed


def replace_initializer(model: onnx.ModelProto, name: str, change: Callable[[Array], Array]) -> None:
    item = next(item for item in model.graph.initializer if item.name == name)
    item.CopyFrom(onnx.numpy_helper.from_array(change(onnx.numpy_helper.to_array(item)), name))


def scale(model: onnx.ModelProto, name: str, factor: float) -> None:
    replace_initializer(model, name, lambda array: array * np.float32(factor))


def readers(model: onnx.ModelProto, tensor: str) -> Iterator[tuple[onnx.NodeProto, int]]:
    for node in model.graph.node:
        yield from ((node, index) for index, name in enumerate(node.input) if name == tensor)


def bypass(model: onnx.ModelProto, tensor: str) -> None:
    """Removes the node that makes `tensor`; its readers read the node's input."""
    maker = next(node for node in model.graph.node if tensor in node.output)
    for node, index in readers(model, tensor):
        node.input[index] = maker.input[0]
    model.graph.node.remove(maker)


def rename(model: onnx.ModelProto, tensor: str, name: str) -> None:
    for node, index in readers(model, tensor):
        node.input[index] = name
    maker = next(node for node in model.graph.node if tensor in node.output)
    maker.output[list(maker.output).index(tensor)] = name

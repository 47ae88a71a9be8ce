"""Networks with every layer kind that has parameters, their bundles, and files as MATLAB would write them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import scipy.io
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

import xverify
from xverify.bundle.bundle import Bundle

Array = NDArray[Any]
Made = tuple[nn.Module, Any]


class Images(nn.Module):
    """Convolutions with and without bias, groups, depthwise, transposed; normalizations with and without parameters; a flattening."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 6, (3, 2), padding=1, bias=False), nn.BatchNorm2d(6), nn.PReLU(6), nn.Conv2d(6, 8, 3, groups=2),
            nn.BatchNorm2d(8, affine=False), nn.PReLU(), nn.Conv2d(8, 16, 3, groups=8, bias=False), nn.GroupNorm(4, 16),
            nn.ConvTranspose2d(16, 5, (2, 3), stride=2), nn.InstanceNorm2d(5, affine=True), nn.LeakyReLU(0.2),
        )  # fmt: skip
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(5 * 4 * 9, 4), nn.BatchNorm1d(4), nn.Linear(4, 3, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", self.head(self.features(x)))


def images() -> Made:
    return Images(), torch.randn(2, 3, 6, 7)


def folding() -> Made:
    """A normalization after a convolution, and a convolution after that."""
    return nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 1)), torch.randn(
        2, 3, 5, 6
    )


def volumes() -> Made:
    model = nn.Sequential(
        nn.Conv3d(2, 3, (2, 3, 1)), nn.BatchNorm3d(3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 4 * 2 * 3, 3)
    )
    return model, torch.randn(2, 2, 5, 4, 3)


def signals() -> Made:
    model = nn.Sequential(
        nn.Conv1d(4, 6, 3), nn.BatchNorm1d(6), nn.ConvTranspose1d(6, 5, 2), nn.Conv1d(5, 5, 3, groups=5)
    )
    return model, torch.randn(2, 4, 9)


class Sequences(nn.Module):
    """Recurrent layers of every kind; a normalization and a layer over tokens, whose import is two MATLAB layers."""

    def __init__(self) -> None:
        super().__init__()
        self.deep = nn.LSTM(5, 6, num_layers=2, batch_first=True)
        self.both = nn.LSTM(6, 4, bidirectional=True, batch_first=True)
        self.plain = nn.LSTM(8, 3, bias=False, batch_first=True)
        self.gated = nn.GRU(3, 7, batch_first=True)
        self.norm = nn.LayerNorm(7)
        self.head = nn.Linear(7, 2)

    def forward(self, x: Tensor) -> Tensor:
        for layer in (self.deep, self.both, self.plain, self.gated):
            x = layer(x)[0]
        return cast("Tensor", self.head(self.norm(x)))


def sequences() -> Made:
    return Sequences(), torch.randn(2, 6, 5)


class Shared(nn.Module):
    """A layer that is used twice, one parameter under two names, and parameters that no MATLAB layer holds."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(6, 6)
        self.second = nn.Linear(6, 6)
        self.second.weight = self.first.weight
        self.scale = nn.Parameter(torch.rand(6))
        self.folded = nn.Parameter(torch.rand(6, 6))

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(self.second(torch.relu(self.first(x)))) * self.scale
        return F.linear(x, self.folded * 2)


def shared() -> Made:
    return Shared(), torch.randn(2, 6)


def table() -> Made:
    return nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 3)), torch.randint(0, 9, (2, 5))


NETWORKS: Mapping[str, Callable[[], Made]] = {
    made.__name__: made for made in (images, folding, volumes, signals, sequences, shared, table)
}
LSTMS = ("deep", "both")
"""Modules of `sequences` whose two biases MATLAB adds."""


def made(name: str, seed: int) -> Made:
    """A network in evaluation mode whose parameters and buffers all do something."""
    torch.manual_seed(seed)
    model, inputs = NETWORKS[name]()
    with torch.no_grad():
        for key, value in model.state_dict().items():
            if value.dtype.is_floating_point:
                value.copy_(
                    torch.rand_like(value) + 0.3 if key.endswith("var") else value + 0.3 * torch.randn_like(value)
                )
            else:
                value.fill_(seed)
    return model.eval(), inputs


def exported(name: str, seed: int, path: Path) -> Bundle:
    model, inputs = made(name, seed)
    return xverify.export(model, inputs, path, name=name, noise_runs=1)


def state_of(name: str, seed: int) -> dict[str, Array]:
    return {key: value.numpy() for key, value in made(name, seed)[0].state_dict().items()}


def layers_of(bundle: Bundle) -> dict[str, dict[str, Array]]:
    """Layer -> property -> array, as a MATLAB network that was built or imported holds them; no recurrent modules of several layers."""
    content = scipy.io.loadmat(bundle.path / "weights.mat", struct_as_record=False, squeeze_me=False)
    parameters = content["parameters"][0, 0]
    layers: dict[str, dict[str, Array]] = {}
    for cell in content["graph"].ravel():
        step = cell[0, 0]
        op = str(step.op[0])
        if op.endswith("Layer") and step.parameters.size:
            keys = {name: str(getattr(step.parameters[0, 0], name)[0]) for name in step.parameters[0, 0]._fieldnames}
            found = {name: getattr(parameters, key)[0, 0].value for name, key in keys.items()}
            if found:
                layers[str(step.layer[0])] = found
    return layers


def save_structs(path: Path, layers: Mapping[str, Mapping[str, Array]], types: Mapping[str, str] | None = None) -> Path:
    """The file that xverify.dlt.exportWeights writes."""
    content: dict[str, Any] = {name: dict(arrays) for name, arrays in layers.items()}
    info = {
        "producer": "MATLAB R2024b",
        "names": cell(dict(zip(layers, layers, strict=True))),
        "types": cell(types or {}),
    }
    scipy.io.savemat(path, content | {"xverify_info": info}, long_field_names=True, oned_as="column")
    return path


def cell(pairs: Mapping[str, str]) -> NDArray[Any]:
    rows = np.empty((len(pairs), 2), dtype=object)
    for row, pair in enumerate(pairs.items()):
        rows[row, 0], rows[row, 1] = pair
    return rows

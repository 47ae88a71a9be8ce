"""The CIFAR-10 networks: the published one, which the examples export, and the family that the published study varied.

The study reports 15 networks by their numbers of convolutions and linear layers, dropout and batch normalisation, and
says no more about them. The code that it closes with has 5 convolutions, where its text says 8. So the network of that
code is the published network here (`5-3-dropout-norm`), and every other member of the family is our reading: the same
code with more convolutions, or with parts left out. docs/explanation/training.md has the family in one table.

The order Conv, ReLU, BatchNorm is the published one. It matters to whoever compares runtimes: a BatchNorm that follows
a ReLU cannot be folded into the convolution before it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from xverify.errors import XverifyError

FEWEST_CONVOLUTIONS, MOST_CONVOLUTIONS = 5, 16
MOST_LINEARS = 4

_STAGES = (32, 64, 128, 256, 512)
_HALVING = 64  # the first convolution of this width has stride 2, the published network's only one
_HIDDEN = (512, 256, 128)  # widths of the linear layers before the last one; the published network has the first two
_POOLED = 2
_SPELLING = re.compile(r"([1-9]\d?)-([1-9])(-dropout)?(-norm)?")
_FORM = "CONVOLUTIONS-LINEARS[-dropout][-norm]"


@dataclass(frozen=True)
class Network:
    """One member of the family; the defaults are the published network.

    >>> str(Network(convolutions=8, dropout=False))
    '8-3-norm'
    """

    convolutions: int = 5
    linears: int = 3
    dropout: bool = True
    norm: bool = True

    def __str__(self) -> str:
        parts = (f"{self.convolutions}-{self.linears}", "dropout" * self.dropout, "norm" * self.norm)
        return "-".join(part for part in parts if part)


PUBLISHED_NETWORK = Network()


def parse_network(text: str) -> Network:
    """The member of that name.

    >>> parse_network("12-4")
    Network(convolutions=12, linears=4, dropout=False, norm=False)

    Raises:
        XverifyError: another spelling, or a size that the family does not have.
    """
    match = _SPELLING.fullmatch(text)
    if match is None:
        raise XverifyError(f"'{text}' names no CIFAR-10 network.", f"The form is {_FORM}, as in {PUBLISHED_NETWORK}.")
    network = Network(int(match[1]), int(match[2]), bool(match[3]), bool(match[4]))
    if not FEWEST_CONVOLUTIONS <= network.convolutions <= MOST_CONVOLUTIONS or network.linears > MOST_LINEARS:
        raise XverifyError(
            f"There is no CIFAR-10 network {text}.",
            f"It has {FEWEST_CONVOLUTIONS} to {MOST_CONVOLUTIONS} convolutions and 1 to {MOST_LINEARS} linear layers.",
        )
    return network


class Cifar10Net(nn.Module):
    """3x3 convolutions (32 to 512 channels), adaptive pooling to 2 x 2, and linear layers.

    - Convolutions: one each of 32, 64 (stride 2), 128, 256 and 512 channels. Further ones repeat a width, with stride 1
      and right after the one that they repeat. They go to 256, 128, 64, 32 in turn and then from the start again, so 7
      convolutions have 32, 64, 128, 128, 256, 256 and 512 channels. 512 is never repeated: that one convolution would
      cost more than all others of the published network.
    - Every convolution has a ReLU and, with `norm`, a BatchNorm after it.
    - `dropout` is one Dropout of 0.2 before the last convolution.
    - Linear layers: 512, 256 and 128 outputs as far as they are needed, each with a ReLU, and the last one, which gives
      the logits.

    Takes float32 images `(N, 3, H, W)`, 32 x 32 as published (any size works: the pooling is adaptive), scaled to
    [-1, 1], and gives logits `(N, classes)`.
    """

    def __init__(self, classes: int = 10, network: Network = PUBLISHED_NETWORK) -> None:
        super().__init__()
        self.features = nn.Sequential(*_feature_layers(network))
        self.avgpool = nn.AdaptiveAvgPool2d((_POOLED, _POOLED))
        self.classifier = nn.Sequential(*_classifier_layers(network, classes))

    def forward(self, images: Tensor) -> Tensor:
        """Logits `(N, classes)` of images `(N, 3, H, W)`."""
        pooled = self.avgpool(self.features(images)).flatten(1)
        return cast("Tensor", self.classifier(pooled))


def _widths(convolutions: int) -> tuple[int, ...]:
    repeatable = _STAGES[-2::-1]
    repeats = Counter(repeatable[index % len(repeatable)] for index in range(convolutions - len(_STAGES)))
    return tuple(width for width in _STAGES for _ in range(1 + repeats[width]))


def _feature_layers(network: Network) -> Iterator[nn.Module]:
    widths = _widths(network.convolutions)
    for place, (inputs, outputs) in enumerate(zip((3, *widths[:-1]), widths, strict=True), start=1):
        if network.dropout and place == len(widths):
            yield nn.Dropout(0.2)
        stride = 2 if outputs == _HALVING != inputs else 1
        yield nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1)
        yield nn.ReLU(inplace=True)
        if network.norm:
            yield nn.BatchNorm2d(outputs)


def _classifier_layers(network: Network, classes: int) -> Iterator[nn.Module]:
    inputs = _STAGES[-1] * _POOLED * _POOLED
    for outputs in _HIDDEN[: network.linears - 1]:
        yield nn.Linear(inputs, outputs)
        yield nn.ReLU(inplace=True)
        inputs = outputs
    yield nn.Linear(inputs, classes)


def cifar10_net(classes: int = 10, network: Network = PUBLISHED_NETWORK) -> Cifar10Net:
    """A network of the family with PyTorch's default initial weights; without arguments, the published one."""
    return Cifar10Net(classes, network)


def network_of(state: Mapping[str, Tensor]) -> tuple[Network, int]:
    """Which member of the family, and how many classes, a state_dict belongs to: its names and shapes tell.

    Raises:
        XverifyError: it is no state_dict of the family.
    """
    kernels = [tensor.dim() for tensor in state.values()]
    network = Network(kernels.count(4), kernels.count(2), norm=any("running_mean" in name for name in state))
    for candidate in (network, Network(network.convolutions, network.linears, dropout=False, norm=network.norm)):
        classes = _classes_in(state, candidate)
        if classes and _shapes(state) == _shapes_of(candidate, classes):
            return candidate, classes
    raise XverifyError(
        f"These {len(state)} tensors are not the weights of a CIFAR-10 network.",
        f"Known are the networks that `xverify train` trains: {_FORM}. Others can be exported: `xverify export MODEL`.",
    )


def _classes_in(state: Mapping[str, Tensor], network: Network) -> int:
    last = state.get(f"classifier.{2 * network.linears - 2}.weight")
    in_family = FEWEST_CONVOLUTIONS <= network.convolutions <= MOST_CONVOLUTIONS and network.linears <= MOST_LINEARS
    return last.shape[0] if in_family and last is not None and last.dim() == 2 else 0


def _shapes(state: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


def _shapes_of(network: Network, classes: int) -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):  # shapes alone: no memory, no random numbers
        return _shapes(cifar10_net(classes, network).state_dict())

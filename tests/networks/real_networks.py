"""The real networks that the tests and benchmarks/networks.py verify: how each is loaded, and on what inputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from xverify.bundle.bundle import Bundle
from xverify.models.loading import load_model
from xverify.program.capture import Arguments
from xverify.workflows.export import export
from xverify.workflows.export_options import ExportOptions

ROOT = Path(__file__).parents[2]
CHECKPOINT = ROOT / "fixtures" / "cifar10_net" / "checkpoint.safetensors"


@dataclass(frozen=True)
class RealNetwork:
    """A network by the name that `xverify export` takes.

    Height and width differ wherever the network allows, because a square input hides an exchange of the two; the batch is 2
    where memory allows, because a batch of 1 hides a batch axis in the wrong place.
    """

    source: str
    shape: tuple[int, ...] = (2, 3, 96, 64)
    weights: Path | None = None
    faults: int = 3
    """How many faults of each kind are planted; fewer where each takes seconds."""


NETWORKS: Mapping[str, RealNetwork] = {
    "cifar10": RealNetwork("cifar10", (2, 3, 40, 24), CHECKPOINT),
    "resnet18": RealNetwork("torchvision:resnet18"),
    "mobilenet_v3_small": RealNetwork("torchvision:mobilenet_v3_small"),
    "densenet121": RealNetwork("torchvision:densenet121"),
    "squeezenet1_1": RealNetwork("torchvision:squeezenet1_1"),
    "shufflenet_v2_x0_5": RealNetwork("torchvision:shufflenet_v2_x0_5"),
    "efficientnet_b0": RealNetwork("torchvision:efficientnet_b0"),
    "convnext_tiny": RealNetwork("torchvision:convnext_tiny", faults=2),
    "vit_b_16": RealNetwork(
        "torchvision:vit_b_16", (1, 3, 224, 224), faults=1
    ),  # its positional embedding fixes the size
    "swin_t": RealNetwork("torchvision:swin_t", faults=2),
}


def is_available(name: str) -> bool:
    """Whether the network's weights are there; seeded ones always are."""
    weights = NETWORKS[name].weights
    return weights is None or weights.is_file()


def export_network(name: str, path: Path) -> Bundle:
    """Exports one of `NETWORKS` to a bundle, with seeded noise as its input."""
    network = NETWORKS[name]
    loaded = load_model(network.source, weights=network.weights, seed=0)
    images = torch.randn(network.shape, generator=torch.Generator().manual_seed(0))
    options = ExportOptions(name=loaded.name, source=loaded.source, weights=loaded.weights)
    return export(loaded.model, Arguments((images,)), path, options)[0]

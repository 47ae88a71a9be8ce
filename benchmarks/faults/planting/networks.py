"""The networks in which faults are planted, and the correct ones that must pass; each from a seed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from few_output_networks import FEW_OUTPUTS
from made_network import Made
from operation_networks import OPERATIONS
from real_networks import NETWORKS, is_available
from recurrent_networks import RECURRENT
from structured_networks import STRUCTURES

import xverify
from planting.small_networks import PLACES_FOR_ALL
from xverify.bundle.bundle import Bundle
from xverify.models.loading import load_model

TUNING_SEEDS = (101, 102, 103)
"""Thresholds and hypotheses may be chosen by what happens with these."""

HELD_OUT_SEEDS = (9001, 9002, 9003)
"""For figures that are published; nothing is chosen by them."""

SEEDS: Mapping[str, tuple[int, ...]] = {"tuning": TUNING_SEEDS, "held-out": HELD_OUT_SEEDS}


@dataclass(frozen=True)
class Network:
    """A network.

    Attributes:
        name: What the options call it.
        export: Writes its bundle: seed of weights and inputs, folder.
        in_octave: Whether Octave runs it in seconds.
    """

    name: str
    export: Callable[[int, Path], Bundle]
    in_octave: bool


def _made(name: str, make: Callable[[], Made]) -> Network:
    def export(seed: int, folder: Path) -> Bundle:
        torch.manual_seed(seed)
        model, inputs = make()
        return xverify.export(model, inputs, folder, name=name, seed=seed)

    return Network(name, export, in_octave=True)


def _loaded(
    name: str, source: str, shape: tuple[int, ...], weights: Path | None = None, *, in_octave: bool = False
) -> Network:
    def export(seed: int, folder: Path) -> Bundle:
        model = load_model(source, weights=weights, seed=seed).model
        images = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
        return xverify.export(model, images, folder, name=name, seed=seed)

    return Network(name, export, in_octave=in_octave)


SMALL: Mapping[str, Network] = {
    name: _made(name, make)
    for name, make in {**PLACES_FOR_ALL, **FEW_OUTPUTS, **RECURRENT, **OPERATIONS, **STRUCTURES}.items()
}
_LARGE = {"convnext_tiny", "vit_b_16", "swin_t"}
"""A hundred megabytes of weights and more, which would be written anew for each fault in weights.mat."""

REAL: Mapping[str, Network] = {
    name: _loaded(name, item.source, item.shape, item.weights, in_octave=name not in _LARGE)
    for name, item in NETWORKS.items()
    if is_available(name)
}

_FIXED_SIZE = {"maxvit_t": 224, "vit_b_16": 224, "vit_b_32": 224, "vit_l_16": 224, "vit_l_32": 224, "vit_h_14": 518}
"""Networks whose positional embeddings or windows fix the size of the image."""


def classifiers(millions: float) -> Mapping[str, Network]:
    """torchvision's classification models with at most that many million parameters, on small images."""
    from torchvision import models

    registry: Any = models
    names = registry.list_models(module=models)
    sizes = {name: registry.get_model_weights(name).DEFAULT.meta["num_params"] for name in names}
    wanted = [name for name in names if sizes[name] <= millions * 1e6 and name not in REAL]
    return {name: _loaded(name, f"torchvision:{name}", _shape(name)) for name in wanted}


def _shape(name: str) -> tuple[int, ...]:
    if name in _FIXED_SIZE:
        return (1, 3, _FIXED_SIZE[name], _FIXED_SIZE[name])
    return (2, 3, 96, 80) if name == "inception_v3" else (2, 3, 96, 64)


def network(name: str) -> Network:
    """One of all, by name."""
    return SMALL.get(name) or REAL.get(name) or classifiers(float("inf"))[name]

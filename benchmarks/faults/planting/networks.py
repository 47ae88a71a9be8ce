"""The networks in which faults are planted, and the correct ones that must pass; each from a seed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from few_output_networks import FEW_OUTPUTS
from made_network import Made
from operation_networks import OPERATIONS
from real_networks import NETWORKS, is_available
from recurrent_networks import RECURRENT
from structured_networks import STRUCTURES

import xverify
from planting.classifiers import TIMM, TORCHVISION, has_timm
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
        rewritten: Whether weights.mat is small enough to be written anew for each fault.
    """

    name: str
    export: Callable[[int, Path], Bundle]
    rewritten: bool


def _made(name: str, make: Callable[[], Made]) -> Network:
    def export(seed: int, folder: Path) -> Bundle:
        torch.manual_seed(seed)
        model, inputs = make()
        return xverify.export(model, inputs, folder, name=name, seed=seed)

    return Network(name, export, rewritten=True)


def _loaded(
    name: str, source: str, shape: tuple[int, ...], weights: Path | None = None, *, rewritten: bool = False
) -> Network:
    def export(seed: int, folder: Path) -> Bundle:
        model = load_model(source, weights=weights, seed=seed).model
        images = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
        return xverify.export(model, images, folder, name=name, seed=seed)

    return Network(name, export, rewritten=rewritten)


SMALL: Mapping[str, Network] = {
    name: _made(name, make)
    for name, make in {**PLACES_FOR_ALL, **FEW_OUTPUTS, **RECURRENT, **OPERATIONS, **STRUCTURES}.items()
}
_LARGE = {"convnext_tiny", "vit_b_16", "swin_t"}
"""A hundred megabytes of weights and more."""

REAL: Mapping[str, Network] = {
    name: _loaded(name, item.source, item.shape, item.weights, rewritten=name not in _LARGE)
    for name, item in NETWORKS.items()
    if is_available(name)
}

CLASSIFIERS: Mapping[str, Network] = {
    **{name: _loaded(name, f"torchvision:{name}", shape) for name, shape in TORCHVISION.items()},
    **{name: _loaded(name, f"timm:{name}", shape) for name, shape in TIMM.items() if has_timm()},
}
"""More correct networks; no faults are planted in them."""


def network(name: str) -> Network:
    """One of all, by name."""
    return {**SMALL, **REAL, **CLASSIFIERS}[name]

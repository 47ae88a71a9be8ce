"""The optimizer that a recipe names, with weight decay where the recipe wants it."""

from typing import Any

import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from xverify.training.recipe import Recipe


def make_optimizer(network: nn.Module, recipe: Recipe, device: torch.device) -> Optimizer:
    """An optimizer of the network's parameters that has taken no step."""
    groups = _groups(network, recipe)
    # On CUDA, fused kernels update all parameters at once. On the CPU they round otherwise and gain nothing here.
    common: dict[str, Any] = {"lr": recipe.learning_rate, "fused": True if device.type == "cuda" else None}
    if recipe.optimizer == "sgd":
        return SGD(groups, momentum=recipe.momentum, nesterov=recipe.nesterov, **common)
    return (AdamW if recipe.optimizer == "adamw" else Adam)(groups, **common)


def _groups(network: nn.Module, recipe: Recipe) -> list[dict[str, Any]]:
    """One group, or two: norms and biases are vectors, and decay there costs accuracy without regularising anything."""
    parameters = list(network.parameters())
    if recipe.decay_all:
        return [{"params": parameters, "weight_decay": recipe.weight_decay}]
    matrices = [parameter for parameter in parameters if parameter.dim() > 1]
    vectors = [parameter for parameter in parameters if parameter.dim() <= 1]
    return [
        {"params": matrices, "weight_decay": recipe.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]

"""What a maker of a small network returns, and the statistics that training would have given its normalisation layers."""

from typing import Any, cast

from torch import Tensor, nn

Made = tuple[nn.Module, Any]
"""A model and its inputs: a tensor, a tuple of positional inputs, or a dict of keyword inputs."""


def randomise_norms(model: nn.Module) -> nn.Module:
    """Gives every normalisation layer non-trivial statistics and weights, as training would."""
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            nn.init.normal_(cast("Tensor", module.running_mean), std=0.3)
            nn.init.uniform_(cast("Tensor", module.running_var), 0.3, 2.0)
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.LayerNorm, nn.GroupNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
    return model

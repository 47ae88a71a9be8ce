"""Random weights that hide no fault: nothing zero, nothing constant, and every layer's values of a normal size.

A network as its constructor leaves it hides faults. Fresh BatchNorm statistics (0 and 1) are the same in any order, a
zero bias may be forgotten, a zero head gives zeros whatever comes before it, and layers whose values explode or vanish
drown a fault in rounding. Hence two steps: constants become random, then one run on noise sets the scale of each layer,
as layer-sequential unit-variance initialisation does (Mishkin and Matas, "All you need is a good init", ICLR 2016).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

_Weighted = (nn.modules.conv._ConvNd, nn.Linear)
_ENOUGH_TO_AVERAGE = 64
# Statistics of two samples fit those two only: levit_128s then gave 1,400 to 2,000 on any others, with eight 30 to 250.
_SAMPLES = 8
_Norms = (_NormBase, nn.GroupNorm, nn.LayerNorm, nn.RMSNorm)


@torch.no_grad()
def seed_weights(model: nn.Module, seed: int, shape: tuple[int, ...] | None = None) -> None:
    """Randomises what the constructor left constant, and brings every layer's values to a normal size. In place.

    Norm weights lie in 0.8 to 1.2; biases are normal with deviation 0.1; a zero matrix becomes normal with deviation
    1/sqrt(fan-in); a tiny constant (the 1e-6 of a layer scale) becomes 0.5 to 1; any other constant changes by up to a
    fifth. BatchNorm statistics are normal with deviation 0.1 (mean) and 0.5 to 1.5 (variance).

    Where `shape` is given, one run on noise of that shape follows: convolutions and linear layers are scaled to outputs
    of RMS 1, the biases of convolutions take off the channels' means, and the BatchNorm statistics become those of their
    input, the variance times 0.5 to 1.5, the mean moved by a normal tenth of the deviation.

    Args:
        model: On the CPU; it is left in eval mode.
        seed: Equal seeds give equal weights on the same machine.
        shape: Shape of the model's only input, batch included; networks with BatchNorm run on at least 8 samples.
    """
    model.eval()
    draw = _Draw(seed)
    for module in model.modules():
        _randomise(module, draw)
    if shape is not None:
        statistics = any(isinstance(module, _NormBase) for module in model.modules())
        samples = max(shape[0], _SAMPLES) if statistics else shape[0]
        _calibrate(model, draw.normal((samples, *shape[1:])), draw)


class _Draw:
    """Random tensors from one seeded generator; the global one is left alone."""

    def __init__(self, seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed % 2**63)

    def normal(self, shape: tuple[int, ...], deviation: float = 1.0) -> Tensor:
        return torch.randn(shape, generator=self._generator) * deviation

    def uniform(self, shape: tuple[int, ...], low: float, high: float) -> Tensor:
        return torch.rand(shape, generator=self._generator) * (high - low) + low


def _randomise(module: nn.Module, draw: _Draw) -> None:
    for name, parameter in module.named_parameters(recurse=False):
        if isinstance(module, _Norms):
            parameter.copy_(
                draw.uniform(parameter.shape, 0.8, 1.2) if name == "weight" else draw.normal(parameter.shape, 0.1)
            )
        elif _is_constant(parameter):
            parameter.copy_(_instead_of(parameter, draw))
    if isinstance(module, _NormBase) and module.running_mean is not None and module.running_var is not None:
        module.running_mean.copy_(draw.normal(module.running_mean.shape, 0.1))
        module.running_var.copy_(draw.uniform(module.running_var.shape, 0.5, 1.5))


def _is_constant(parameter: Tensor) -> bool:
    return (
        parameter.is_floating_point() and parameter.numel() > 0 and bool((parameter == parameter.reshape(-1)[0]).all())
    )


def _instead_of(parameter: Tensor, draw: _Draw) -> Tensor:
    shape, value = parameter.shape, float(parameter.reshape(-1)[0])
    if value == 0:
        return draw.normal(shape, 0.1 if parameter.dim() < 2 else parameter[0].numel() ** -0.5)
    if abs(value) < 0.01:
        return draw.uniform(shape, 0.5, 1.0)
    return value * draw.uniform(shape, 0.8, 1.2)


def _calibrate(model: nn.Module, noise: Tensor, draw: _Draw) -> None:
    """One run in which every layer is adjusted to its input just before it is used for the first time."""
    adjusted: set[nn.Module] = set()

    def adjust(module: nn.Module, args: tuple[Any, ...]) -> None:
        if module in adjusted or not args:
            return
        adjusted.add(module)
        if isinstance(module, _NormBase):
            _set_statistics(module, args[0], draw)
        elif isinstance(module, _Weighted):
            _scale(module, args[0], draw)

    hooks = [module.register_forward_pre_hook(adjust) for module in model.modules()]
    try:
        model(noise)
    finally:
        for hook in hooks:
            hook.remove()


def _scale(module: nn.modules.conv._ConvNd | nn.Linear, value: Tensor, draw: _Draw) -> None:
    if module.bias is not None:
        module.bias.zero_()
    output = module.forward(value)
    size = float(output.square().mean().sqrt()) or 1.0
    module.weight.div_(size)
    if module.bias is not None:
        module.bias.copy_(draw.normal(module.bias.shape, 0.1))
        if isinstance(module, nn.modules.conv._ConvNd):
            module.bias.sub_(_channel_means(output) / size)


def _channel_means(output: Tensor) -> Tensor:
    """Subtracted, because without it what all samples have in common grows from layer to layer and hides the rest.

    Zero where so few values are averaged that the samples themselves would cancel (1 x 1 maps).
    """
    channels = output.transpose(0, 1).flatten(1)
    return channels.mean(dim=1) if channels.shape[1] >= _ENOUGH_TO_AVERAGE else output.new_zeros(())


def _set_statistics(module: _NormBase, value: Tensor, draw: _Draw) -> None:
    if module.running_mean is None or module.running_var is None:
        return
    channels = value.transpose(0, 1).flatten(1)
    variance, mean = torch.var_mean(channels, dim=1, correction=0)
    # Two samples can happen to be alike: a share of the magnitude keeps others from being blown up.
    variance = variance + 0.1 * channels.square().mean() + 1e-6
    module.running_var.copy_(variance * draw.uniform(variance.shape, 0.5, 1.5))
    module.running_mean.copy_(mean + draw.normal(mean.shape, 0.1) * variance.sqrt())


def untouched_statistics(model: nn.Module) -> int:
    """How many normalisation layers still have the mean 0 and the variance 1 that their constructor gave them."""
    return sum(_is_untouched(module) for module in model.modules() if isinstance(module, _NormBase))


def _is_untouched(module: _NormBase) -> bool:
    mean, variance = module.running_mean, module.running_var
    return mean is not None and variance is not None and bool((mean == 0).all() and (variance == 1).all())

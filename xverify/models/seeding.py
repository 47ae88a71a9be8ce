"""Random weights that hide no fault: nothing zero, nothing constant, and every layer's values of a normal size.

A network as its constructor leaves it hides faults. Fresh BatchNorm statistics (0 and 1) are the same in any order, a
zero bias may be forgotten, a zero head gives zeros whatever comes before it, and layers whose values explode or vanish
drown a fault in rounding. Hence two steps: constants become random, then one run on noise sets the scale of each layer,
as layer-sequential unit-variance initialisation does (Mishkin and Matas, "All you need is a good init", ICLR 2016).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

_Weighted = (nn.modules.conv._ConvNd, nn.Linear)
_Norms = (_NormBase, nn.GroupNorm, nn.LayerNorm, nn.RMSNorm)


@torch.no_grad()
def seed_weights(model: nn.Module, seed: int, shape: tuple[int, ...] | None = None) -> None:
    """Randomises what the constructor left constant, and brings every layer's values to a normal size. In place.

    Norm weights lie in 0.8 to 1.2; biases are normal with deviation 0.1; a zero matrix becomes normal with deviation
    1/sqrt(fan-in); a tiny constant (the 1e-6 of a layer scale) lies in 0.5 to 1; any other constant changes by up to a
    fifth. Where `shape` is given, convolutions and linear layers are scaled to outputs of RMS 1 on noise of that shape,
    and the BatchNorm statistics are those of their input times 0.5 to 1.5 (variance), plus a tenth of the deviation
    (mean); otherwise the statistics are near 0 and 1.

    Args:
        model: On the CPU; its mode is left as it is.
        seed: Equal seeds give equal weights on the same machine.
        shape: Shape of the model's only input, batch included.
    """
    draw = _Draw(seed)
    for module in model.modules():
        _randomise(module, draw)
    if shape is not None:
        _calibrate(model, draw.normal(shape), draw)


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
            parameter.copy_(draw.uniform(parameter.shape, 0.8, 1.2) if name == "weight" else draw.normal(parameter.shape, 0.1))
        elif _is_constant(parameter):
            parameter.copy_(_instead_of(parameter, draw))
    if isinstance(module, _NormBase) and module.running_mean is not None and module.running_var is not None:
        module.running_mean.copy_(draw.normal(module.running_mean.shape, 0.1))
        module.running_var.copy_(draw.uniform(module.running_var.shape, 0.5, 1.5))


def _is_constant(parameter: Tensor) -> bool:
    return parameter.is_floating_point() and parameter.numel() > 0 and bool((parameter == parameter.reshape(-1)[0]).all())


def _instead_of(parameter: Tensor, draw: _Draw) -> Tensor:
    shape, value = parameter.shape, float(parameter.reshape(-1)[0])
    if value == 0:
        return draw.normal(shape, 0.1 if parameter.dim() < 2 else (parameter[0].numel()) ** -0.5)
    if abs(value) < 0.01:
        return draw.uniform(shape, 0.5, 1.0)
    return value * draw.uniform(shape, 0.8, 1.2)


def _calibrate(model: nn.Module, noise: Tensor, draw: _Draw) -> None:
    """One run in eval mode in which every layer is scaled just before it is used for the first time."""
    done: set[nn.Module] = set()

    def first_time(adjust: Callable[[Any, Tensor, _Draw], None]) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        def hook(module: nn.Module, args: tuple[Any, ...]) -> None:
            if module not in done:
                done.add(module)
                adjust(module, args[0], draw)

        return hook

    modes = {module: module.training for module in model.modules()}
    hooks = [m.register_forward_pre_hook(first_time(_scale)) for m in model.modules() if isinstance(m, _Weighted)]
    hooks += [m.register_forward_pre_hook(first_time(_set_statistics)) for m in model.modules() if isinstance(m, _NormBase)]
    try:
        model.eval()(noise)
    finally:
        for hook in hooks:
            hook.remove()
        for module, mode in modes.items():
            module.training = mode


def _scale(module: nn.modules.conv._ConvNd | nn.Linear, value: Tensor, draw: _Draw) -> None:
    if module.bias is not None:
        module.bias.zero_()
    size = module.forward(value).square().mean().sqrt()
    if size > 0:
        module.weight.div_(size)
    if module.bias is not None:
        module.bias.copy_(draw.normal(module.bias.shape, 0.1))


def _set_statistics(module: _NormBase, value: Tensor, draw: _Draw) -> None:
    if module.running_mean is None or module.running_var is None:
        return
    channels = value.transpose(0, 1).flatten(1)
    variance, mean = torch.var_mean(channels, dim=1, correction=0)
    variance = variance + 0.1 * variance.mean() + 1e-6
    module.running_var.copy_(variance * draw.uniform(variance.shape, 0.5, 1.5))
    module.running_mean.copy_(mean + draw.normal(mean.shape, 0.1) * variance.sqrt())

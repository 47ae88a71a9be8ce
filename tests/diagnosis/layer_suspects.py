"""Suspects from torch's layers: one module as PyTorch has it, another one, or another function, for the faulty side.

The step is what an export writes for the module, without the export: its settings and parameters under PyTorch's names.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from suspects import Made, suspect
from torch import Tensor, nn

from xverify.diagnosis.steps import Setting
from xverify.diagnosis.suspect import Suspect

Layer = Callable[..., Any]


def faulty(module: nn.Module, wrong: Layer, *inputs: Tensor, output: int = 0, alone: bool = True) -> Suspect:
    """A suspect whose expected value the module computes, and whose found value `wrong` does.

    Args:
        module: PyTorch's layer.
        wrong: The other side's.
        inputs: What both read.
        output: Which element of a recurrent layer's results.
        alone: Whether the layer ran alone.
    """
    with torch.no_grad():
        expected, actual = (_element(layer, inputs, output) for layer in (module, wrong))
    made = suspect(actual, expected, *inputs, made=_made(module), allowed=_allowed(expected), alone=alone)
    assert made.step is not None
    return replace(made, step=replace(made.step, stored=stored(module), output=output))


def seeded(module: Callable[[], nn.Module], seed: int = 0) -> Any:
    """A module with random parameters, statistics too, none of them at a special value; in evaluation mode."""
    torch.manual_seed(seed)
    made = module()
    for name, value in [*made.named_parameters(), *made.named_buffers()]:
        if name.endswith(("running_var", "norm.weight")) or (value.dim() == 1 and name.endswith("weight")):
            value.data = torch.rand_like(value) + 0.5
        elif value.is_floating_point() and value.dim() == 1:
            value.data = torch.randn_like(value)
    return made.eval()


def changed(module: Any, **values: Any) -> Any:
    """A copy of a module with other values: parameters get tensors, settings get what they are."""
    import copy

    other = copy.deepcopy(module)
    for name, value in values.items():
        if isinstance(getattr(other, name), Tensor):
            getattr(other, name).data = value
        else:
            setattr(other, name, value)
    return other


def with_parameters(subject: Suspect, module: nn.Module, *names: str) -> Suspect:
    """The suspect with some of a recurrent layer's parameters under their own names, as model.onnx holds them."""
    assert subject.step is not None
    found = {name: value.detach().numpy() for name, value in module.named_parameters() if name in names}
    return replace(subject, step=replace(subject.step, parameters=found))


def stored(module: nn.Module) -> dict[str, Any]:
    """A recurrent layer's arrays as weights.mat holds them."""
    if not isinstance(module, nn.RNNBase):
        return {}
    from xverify.layouts.table import layout_for

    arrays = {name: value.detach().numpy() for name, value in module.named_parameters()}
    layout = layout_for("lstm" if isinstance(module, nn.LSTM) else "gru", {}, arrays)
    return {name: item.array for name, item in layout.to_matlab(arrays).items()}


def _allowed(expected: Tensor) -> float:
    return 12 * float(np.finfo(np.float32).eps) * float(expected.abs().max())


def _element(layer: Layer, inputs: Sequence[Tensor], output: int) -> Any:
    if isinstance(layer, nn.RNNBase) and len(inputs) > 1:
        found = layer(inputs[0], tuple(inputs[1:]) if isinstance(layer, nn.LSTM) else inputs[1])
    else:
        found = layer(*inputs)
    if not isinstance(found, tuple):
        return found
    sequence, last = found
    return (sequence, *last)[output] if isinstance(last, tuple) else (sequence, last)[output]


def _made(module: Any) -> Made:
    arrays = {name: value for name, value in [*module.named_parameters(), *module.named_buffers()] if value.dim()}
    parameters = {} if isinstance(module, nn.RNNBase) else arrays
    return Made(op=_op(module), settings=_settings(module), parameters=parameters)


def _op(module: Any) -> str:
    name = type(module).__name__
    if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        return f"convolution{name[-2]}dLayer" if module.groups == 1 else "groupedConvolution2dLayer"
    if isinstance(module, (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)):
        return f"transposedConv{name[-2]}dLayer" if module.groups == 1 else "ConvTranspose"
    for start, op in {"MaxPool": "maxPooling", "AvgPool": "averagePooling"}.items():
        if name.startswith(start):
            return f"{op}{name[-2]}dLayer"
    for start, op in _OPS.items():
        if name.startswith(start):
            return op
    if isinstance(module, nn.LSTM):
        return "bilstmLayer" if module.bidirectional else "lstmLayer"
    return "gruLayer"


_OPS = {
    "Linear": "fullyConnectedLayer",
    "BatchNorm": "batchNormalizationLayer",
    "LayerNorm": "layerNormalizationLayer",
    "GroupNorm": "groupNormalizationLayer",
    "InstanceNorm": "instanceNormalizationLayer",
    "Upsample": "resize2dLayer",
}

_NAMES = {
    "stride": "stride", "padding": "padding", "dilation": "dilation", "groups": "groups", "output_padding": "output_padding",
    "kernel_size": "kernel_size", "ceil_mode": "ceil_mode", "count_include_pad": "count_include_pad", "eps": "eps",
    "momentum": "momentum", "num_groups": "num_groups", "normalized_shape": "normalized_shape", "batch_first": "batch_first",
    "bidirectional": "bidirectional", "num_layers": "num_layers", "align_corners": "align_corners",
}  # fmt: skip


def _settings(module: Any) -> dict[str, Setting]:
    """Numbers as an export writes them; one alone where there is one axis."""
    settings: dict[str, Setting] = {}
    for name, setting in _NAMES.items():
        value = getattr(module, name, None)
        if isinstance(value, str):
            settings[setting] = value
        elif isinstance(value, tuple):
            settings[setting] = tuple(float(item) for item in value) if len(value) > 1 else float(value[0])
        elif value is not None:
            settings[setting] = float(value)
    factor = getattr(module, "scale_factor", None)
    if factor is not None:
        settings["scale_factors"] = tuple(
            float(item) for item in (factor if isinstance(factor, tuple) else (factor, factor))
        )
    return settings

"""Interpolation and recurrence: Resize, GridSample, LSTM, GRU and RNN as PyTorch's exporter writes them."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from operator_case import Array, Case, by_torch, calling, ints, numbers
from torch import Tensor, nn

NEAREST = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}


def resizes() -> Iterator[Case]:
    for sizes in ((10, 14), (3, 4), (9, 5), (1, 1), (5, 11)):
        yield _to_size("nearest", NEAREST, sizes)
        for mode, name in (("linear", "bilinear"), ("cubic", "bicubic")):
            aligned = {"mode": mode, "coordinate_transformation_mode": "align_corners"}
            yield _to_size(name, aligned, sizes, align_corners=True)
            yield _to_size(name, {"mode": mode, "coordinate_transformation_mode": "half_pixel"}, sizes)
            wide = {"mode": mode, "antialias": 1, "exclude_outside": 1, "cubic_coeff_a": -0.5}
            yield _to_size(name, wide, sizes, antialias=True)
    half_pixel = {"mode": "linear", "coordinate_transformation_mode": "pytorch_half_pixel"}
    yield _to_size("linear", half_pixel, (9,))
    yield _to_size("trilinear", half_pixel, (3, 6, 2))
    image = numbers(1, 2, 10, 30)
    for scale in (1.2, 0.7, 2.0):  # neither 1.2 nor 0.7 is a binary fraction: a floor may go wrong
        inputs = [image, None, np.array([1, 1, scale, scale], np.float32)]
        for mode, settings in (("nearest", NEAREST), ("bilinear", {"mode": "linear"})):
            compute = calling(F.interpolate, scale_factor=scale, mode=mode, recompute_scale_factor=False)
            yield by_torch("Resize", f"{mode} by {scale}", compute, inputs, settings, terms=16, shown=[0])


def _to_size(name: str, settings: dict[str, Any], sizes: tuple[int, ...], **options: Any) -> Case:
    inputs = [numbers(2, 3, *(5, 7, 4)[: len(sizes)]), None, None, ints(2, 3, *sizes)]
    compute = calling(F.interpolate, size=sizes, mode=name, **options)
    return by_torch("Resize", f"{name} {sizes} {options}", compute, inputs, settings, terms=16, shown=[0])


def grid_samples() -> Iterator[Case]:
    image, grid = numbers(2, 3, 5, 7), numbers(2, 4, 6, 2) * np.float32(1.3)  # a third of the places lies outside
    volume, places = numbers(1, 2, 3, 4, 5), numbers(1, 2, 3, 2, 3)
    for mode, padding, align in product(
        ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection"), (False, True)
    ):
        compute = calling(F.grid_sample, mode=mode, padding_mode=padding, align_corners=align)
        settings = {"padding_mode": padding, "align_corners": float(align)}
        for name in dict.fromkeys((mode, mode.removeprefix("bi"))):  # without bi- since operator set 20
            yield by_torch(
                "GridSample", f"{name} {settings}", compute, [image, grid], settings | {"mode": name}, terms=16
            )
        if mode != "bicubic":
            settings["mode"] = mode.removeprefix("bi")
            yield by_torch("GridSample", f"volumes {settings}", compute, [volume, places], settings, terms=16)


def sequences() -> Iterator[Case]:
    """PyTorch's layers; ONNX orders the gates otherwise: i, o, f, c of i, f, g, o, and z, r, h of r, z, n."""
    for op, make, order in (("LSTM", nn.LSTM, (0, 3, 1, 2)), ("GRU", nn.GRU, (1, 0, 2)), ("RNN", nn.RNN, (0,))):
        for directions in (1, 2):
            torch.manual_seed(directions)
            module = make(3, 5, bidirectional=directions == 2)
            weights = [
                _gates(module, name, directions, order) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            ]
            states = [numbers(directions, 2, 5)] * (2 if op == "LSTM" else 1)
            inputs = [numbers(4, 2, 3), weights[0], weights[1], np.concatenate(weights[2:], axis=1), None, *states]
            settings: dict[str, Any] = {
                "hidden_size": 5,
                "direction": "forward" if directions == 1 else "bidirectional",
            }
            if op == "GRU":
                settings["linear_before_reset"] = 1
            shown = [0, *range(5, 5 + len(states))]
            yield by_torch(op, f"{directions}", _recurrent(module), inputs, settings, terms=64, shown=shown)
    relu = nn.RNN(3, 5, nonlinearity="relu")
    inputs = [numbers(4, 2, 3), *(_gates(relu, name, 1, (0,)) for name in ("weight_ih", "weight_hh"))]
    bias = np.concatenate([_gates(relu, name, 1, (0,)) for name in ("bias_ih", "bias_hh")], axis=1)
    yield by_torch("RNN", "relu", _recurrent(relu), [*inputs, bias], {"activations": "Relu"}, terms=64, shown=[0])


def _gates(module: nn.RNNBase, name: str, directions: int, order: Sequence[int]) -> Array:
    found = [getattr(module, f"{name}_l0{suffix}").detach().numpy() for suffix in ("", "_reverse")[:directions]]
    return np.stack([np.concatenate([np.split(item, len(order))[gate] for gate in order]) for item in found])


def _recurrent(module: nn.RNNBase) -> Callable[..., tuple[Tensor, ...]]:
    def compute(x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        network = module.to(x.dtype)
        given = states if len(states) == 2 else (states[0] if states else None)
        y, last = network(x, given)
        steps, batch, _ = y.shape
        by_direction = y.reshape(steps, batch, -1, module.hidden_size).transpose(1, 2).contiguous()
        return (by_direction, *(last if isinstance(last, tuple) else (last,)))

    return compute

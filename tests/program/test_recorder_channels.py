"""Channels of very different sizes are measured each by itself; BatchNorm's magnitude is that of its terms."""

from typing import Any, cast

import numpy as np
import pytest
import torch
from captured_networks import captured, case_of
from numpy.typing import NDArray
from torch import Tensor, nn

from xverify.program.recorder import WIDE

Array = NDArray[Any]


class WideChannels(nn.Module):
    """A convolution, a BatchNorm and a linear layer with one channel a thousandth of the others' size, and one that is dead."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, (3, 2))
        self.norm = nn.BatchNorm2d(4)
        self.linear = nn.Linear(5, 3)
        self.even = nn.Linear(5, 3)
        with torch.no_grad():
            for layer in (self.conv, self.norm, self.linear):
                bias = cast("Tensor", layer.bias)
                layer.weight[1] *= 1e-4
                bias[1] *= 1e-4
                bias[0] = 2.0
            self.conv.weight[2] = 0.0
            cast("Tensor", self.conv.bias)[2] = 0.0
            cast("Tensor", self.norm.running_mean).copy_(torch.tensor([30.0, -1.0, 0.0, 2.0]))
            self.norm.bias[3] = 7.0

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.norm(self.conv(x)), self.linear(y), self.even(y)


def wide_channels() -> tuple[nn.Module, Any]:
    return WideChannels(), (torch.randn(2, 3, 7, 9), torch.randn(2, 6, 5))


def extremes(array: Array, axis: int) -> Array:
    largest: Array = np.abs(array).max(axis=tuple(other for other in range(array.ndim) if other != axis))
    return largest


def test_only_layers_whose_channels_differ_much_are_measured_by_channel() -> None:
    recorded = captured(wide_channels).record()
    assert {name: item.channels is not None for name, item in recorded.items()} == {
        "conv": True, "norm": True, "linear": True, "even": False,
    }  # fmt: skip
    for item in recorded.values():
        if item.channels:
            sizes = extremes(item.value, item.channels.axis)
            assert sizes.max() > WIDE * sizes[sizes > 0].min()


def test_each_channels_numbers_are_those_of_the_channel_alone() -> None:
    case = captured(wide_channels)
    linear = case.record(noise_runs=0)["linear"]
    assert linear.channels is not None
    x = case.inputs.tensors[1].double().numpy()
    weight, bias = (case.model.state_dict()[f"linear.{name}"].double().numpy() for name in ("weight", "bias"))
    terms = np.abs(x) @ np.abs(weight).T + np.abs(bias)
    errors = np.abs(linear.value - (x @ weight.T + bias))
    assert linear.channels.axis == 2
    np.testing.assert_allclose(linear.channels.magnitude, extremes(terms, 2), rtol=1e-6)
    assert linear.channels.local is not None
    np.testing.assert_allclose(linear.channels.local, extremes(errors, 2), rtol=1e-6)
    np.testing.assert_allclose(linear.channels.accumulated, extremes(errors, 2), rtol=1e-6)
    assert linear.channels.local[1] < 1e-3 * linear.channels.local.max()


def test_a_dead_channel_has_no_size_and_no_noise() -> None:
    conv = captured(wide_channels).record()["conv"]
    assert conv.channels is not None
    assert conv.channels.local is not None
    assert (conv.channels.magnitude[2], conv.channels.accumulated[2], conv.channels.local[2]) == (0.0, 0.0, 0.0)


def test_batch_norms_magnitude_is_that_of_its_terms() -> None:
    case = captured(wide_channels)
    recorded = case.record(noise_runs=0)
    x = recorded["conv"].value.astype(np.float64)
    state = {
        name: tensor.double().numpy().reshape(1, -1, 1, 1)
        for name, tensor in case.model.state_dict().items()
        if "norm." in name
    }
    scale = np.abs(state["norm.weight"]) / np.sqrt(state["norm.running_var"] + 1e-5)
    terms = np.abs(x) * scale + np.abs(state["norm.running_mean"]) * scale + np.abs(state["norm.bias"])
    norm = recorded["norm"]
    assert norm.cancelling
    assert norm.magnitude == pytest.approx(terms.max(), rel=1e-5)
    assert norm.channels is not None
    np.testing.assert_allclose(norm.channels.magnitude, extremes(terms, 1), rtol=1e-5)


@pytest.mark.parametrize("settings", [{"affine": False}, {"track_running_stats": False}])
def test_batch_norm_without_scale_or_statistics(settings: dict[str, bool]) -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 2), nn.BatchNorm2d(4, **settings))
    recorded = list(case_of(model, torch.randn(2, 3, 5, 7)).record(noise_runs=1).values())
    assert recorded[1].magnitude >= np.abs(recorded[1].value).max()
    assert recorded[1].local is not None

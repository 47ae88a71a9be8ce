"""Activation functions in numpy, with what each is called in PyTorch, ONNX and MATLAB."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.kernels.error_function import erf
from xverify.diagnosis.kernels.sampling import fits, places
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]
Function = Callable[[Array], Array]


@dataclass(frozen=True)
class Activation:
    """One function of one number.

    Attributes:
        name: For a sentence: 'a ReLU'.
        family: Those of one family are variants of each other: 'gelu'.
        function: Elementwise, of float64.
        fix: How PyTorch, ONNX and MATLAB write it, where they have it.
    """

    name: str
    family: str
    function: Function
    fix: tuple[str, ...]

    def __call__(self, x: Array) -> Array:
        """The function in float64, as float32."""
        with np.errstate(all="ignore"):
            return np.asarray(self.function(x.astype(np.float64)), dtype=np.float32)


def leaky(slope: float, name: str = "") -> Activation:
    """A leaky ReLU."""
    fix = (
        f"PyTorch: nn.LeakyReLU({slope:g}).",
        f"ONNX: LeakyRelu with alpha = {slope:g} (0.01 if it is not given).",
        f"MATLAB: leakyReluLayer({slope:g}) (0.01 if it is not given).",
    )
    return Activation(
        name or f"a leaky ReLU with slope {slope:g}", "leaky_relu", lambda x: np.where(x > 0, x, slope * x), fix
    )


def elu(alpha: float, family: str = "elu") -> Activation:
    """An ELU."""
    fix = (
        f"PyTorch: nn.ELU({alpha:g}).",
        f"ONNX: Elu with alpha = {alpha:g} (1 if it is not given).",
        f"MATLAB: eluLayer({alpha:g}) (1 if it is not given).",
    )
    return Activation(
        f"an ELU with alpha {alpha:g}", family, lambda x: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))), fix
    )


def celu(alpha: float) -> Activation:
    """A CELU: an ELU whose argument is divided by alpha below 0."""
    fix = (f"PyTorch: nn.CELU({alpha:g}).", f"ONNX: Celu with alpha = {alpha:g}.")
    return Activation(
        f"a CELU with alpha {alpha:g}",
        "elu",
        lambda x: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha)),
        fix,
    )


def clip(low: float, high: float, name: str = "") -> Activation:
    """Bounds below and above."""
    fix = (
        f"PyTorch: x.clamp({low:g}, {high:g}).",
        f"ONNX: Clip with min = {low:g} and max = {high:g}.",
        f"MATLAB: clippedReluLayer({high:g})." if low == 0 else f"MATLAB: max(min(X, {high:g}), {low:g}).",
    )
    return Activation(name or f"bounds of {low:g} and {high:g}", "clip", partial(np.clip, a_min=low, a_max=high), fix)


def _sigmoid(x: Array) -> Array:
    return np.asarray(np.exp(-np.logaddexp(0.0, -x)))


def _linear_sigmoid(x: Array, slope: float) -> Array:
    return np.clip(slope * x + 0.5, 0.0, 1.0)


def _gelu_tanh(x: Array) -> Array:
    return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))


def _selu(x: Array) -> Array:
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    return scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


RELU = Activation(
    "a ReLU", "relu", lambda x: np.maximum(x, 0), ("PyTorch: nn.ReLU().", "ONNX: Relu.", "MATLAB: reluLayer.")
)
TABLE: tuple[Activation, ...] = (
    RELU,
    clip(0, 6, "a ReLU6, clipped at 6"),
    leaky(0.01),
    leaky(0.1),
    leaky(0.2),
    leaky(0.3),
    Activation("a GELU with the error function", "gelu", lambda x: 0.5 * x * (1 + erf(x / np.sqrt(2))), (
        "PyTorch: nn.GELU().", "ONNX: Gelu with approximate = 'none'.", "MATLAB: geluLayer(Approximation='none').")),
    Activation("a GELU approximated by tanh", "gelu", _gelu_tanh, (
        "PyTorch: nn.GELU(approximate='tanh').", "ONNX: Gelu with approximate = 'tanh'.", "MATLAB: geluLayer(Approximation='tanh').")),
    Activation("a GELU approximated by a sigmoid, x sigmoid(1.702 x)", "gelu", lambda x: x * _sigmoid(1.702 * x), (
        "PyTorch: x * torch.sigmoid(1.702 * x).", "ONNX: Mul by a Sigmoid of 1.702 x.", "MATLAB: X .* sigmoid(1.702 * X).")),
    Activation("a SiLU (swish)", "silu", lambda x: x * _sigmoid(x), (
        "PyTorch: nn.SiLU().", "ONNX: Mul by a Sigmoid.", "MATLAB: swishLayer.")),
    Activation("a hard swish", "silu", lambda x: x * _linear_sigmoid(x, 1 / 6), (
        "PyTorch: nn.Hardswish().", "ONNX: HardSwish.", "MATLAB: X .* min(max(X + 3, 0), 6) / 6.")),
    Activation("a sigmoid", "sigmoid", _sigmoid, ("PyTorch: nn.Sigmoid().", "ONNX: Sigmoid.", "MATLAB: sigmoidLayer.")),
    Activation("a hard sigmoid with slope 1/6", "sigmoid", lambda x: _linear_sigmoid(x, 1 / 6), (
        "PyTorch: nn.Hardsigmoid().", "ONNX: HardSigmoid with alpha = 1/6 and beta = 0.5.", "MATLAB: min(max(X + 3, 0), 6) / 6.")),
    Activation("a hard sigmoid with slope 0.2", "sigmoid", lambda x: _linear_sigmoid(x, 0.2), (
        "PyTorch: (0.2 * x + 0.5).clamp(0, 1).", "ONNX: HardSigmoid; 0.2 is its alpha if none is given.",
        "MATLAB: min(max(0.2 * X + 0.5, 0), 1).")),
    Activation("a tanh", "tanh", np.tanh, ("PyTorch: nn.Tanh().", "ONNX: Tanh.", "MATLAB: tanhLayer.")),
    elu(1.0),
    elu(0.1),
    elu(0.5),
    Activation("a SELU", "elu", _selu, ("PyTorch: nn.SELU().", "ONNX: Selu.", "MATLAB: no layer of its own.")),
    Activation("a softplus", "softplus", lambda x: np.logaddexp(0.0, x), (
        "PyTorch: nn.Softplus().", "ONNX: Softplus.", "MATLAB: softplusLayer.")),
    Activation("a Mish", "mish", lambda x: x * np.tanh(np.logaddexp(0.0, x)), ("PyTorch: nn.Mish().", "ONNX: Mish.")),
    clip(-1, 1, "a hard tanh"),
    Activation("a softsign", "softsign", lambda x: x / (1 + np.abs(x)), ("PyTorch: nn.Softsign().", "ONNX: Softsign.")),
    Activation("a log-sigmoid", "log_sigmoid", lambda x: -np.logaddexp(0.0, -x), (
        "PyTorch: nn.LogSigmoid().", "ONNX: Log of a Sigmoid.", "MATLAB: log(sigmoid(X)).")),
)  # fmt: skip
"""Common ones first."""

FAMILIES = {
    "relu": "relu", "relu6": "clip", "hardtanh": "clip", "clamp": "clip", "clamp_min": "relu", "leaky_relu": "leaky_relu",
    "prelu": "leaky_relu", "_prelu_kernel": "leaky_relu", "gelu": "gelu", "silu": "silu", "hardswish": "silu", "sigmoid": "sigmoid",
    "hardsigmoid": "sigmoid", "tanh": "tanh", "elu": "elu", "selu": "elu", "celu": "elu", "softplus": "softplus", "mish": "mish",
    "softsign": "softsign", "log_sigmoid": "log_sigmoid",
}  # fmt: skip
"""ATen operation -> the family of an activation."""


def read_by(suspect: Suspect) -> Array | None:
    """What an activation layer reads; None where the layer is no activation, or its input is not recorded."""
    if suspect.layer.operation not in FAMILIES or not suspect.inputs:
        return None
    return suspect.inputs[0] if suspect.inputs[0].shape == suspect.expected.shape else None


def own(suspect: Suspect) -> Activation | None:
    """The function that an activation layer is in PyTorch: from its settings, and settled by PyTorch's values."""
    given = read_by(suspect)
    if given is None:
        return None
    spots = places(given.shape)
    for item in (*_by_settings(suspect), *TABLE):
        of_family = item.family == FAMILIES[suspect.layer.operation]
        if of_family and fits(suspect, suspect.expected[spots], item(given[spots])):
            return item
    return None


def _by_settings(suspect: Suspect) -> list[Activation]:
    settings = suspect.step.settings if suspect.step else {}
    slope, alpha = settings.get("negative_slope"), settings.get("alpha")
    found = [leaky(slope)] if isinstance(slope, float) else []
    if isinstance(alpha, float):
        found.append(celu(alpha) if suspect.layer.operation == "celu" else elu(alpha))
    return found

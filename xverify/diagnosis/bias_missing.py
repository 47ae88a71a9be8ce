"""A bias, or a normalization's offset, that is missing, added twice or subtracted."""

from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.read_convolution import convolution_of, transposed_convolution_of
from xverify.diagnosis.kernels.read_linear import linear_of
from xverify.diagnosis.kernels.read_normalization import normalization_of
from xverify.diagnosis.kernels.sampling import promising
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]

_CASES = {-1: ("missing", "is missing"), 1: ("doubled", "is added twice"), -2: ("of wrong sign", "is subtracted")}
"""How many biases more than PyTorch -> the name of the case, and what happens."""


def bias_missing(suspect: Suspect) -> Iterator[Explanation]:
    """For layers with a bias or an offset."""
    if not suspect.same_shape:
        return
    name, bias = bias_of(suspect)
    if bias is None or not bias.any():
        return
    for times, (case, statement) in _CASES.items():
        value = suspect.expected + times * bias
        if promising(suspect, value):
            yield _claim(suspect, name, case, statement).with_value(value)


def _claim(suspect: Suspect, name: str, case: str, statement: str) -> Claim:
    matlab = "Bias" if name == "bias" else "Offset"
    stored = suspect.step.names.get("bias", "bias") if suspect.step else "bias"
    return Claim(
        f"{name} {case}",
        f"The {name} {statement}.",
        (
            f"MATLAB: the layer's {matlab} is PyTorch's '{stored}' as it is, added once.",
            f"PyTorch: the {name} is the parameter '{stored}'.",
        ),
    )


def bias_of(suspect: Suspect) -> tuple[str, Array | None]:
    """What the layer adds last and what it is called, in a shape that expands to its value's."""
    normalization = normalization_of(suspect)
    if normalization is not None:
        return "offset", normalization.offset
    linear = linear_of(suspect)
    if linear is not None:
        return "bias", linear.bias
    convolution = convolution_of(suspect) or transposed_convolution_of(suspect)
    if convolution is None or convolution.bias is None:
        return "bias", None
    return "bias", convolution.bias.reshape(-1, *(1,) * (suspect.expected.ndim - 2))

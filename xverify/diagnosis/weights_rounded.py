"""Weights, or weights and inputs, that were rounded to a smaller type."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.convolution import Convolution
from xverify.diagnosis.kernels.linear import Linear
from xverify.diagnosis.kernels.read_convolution import convolution_of, transposed_convolution_of
from xverify.diagnosis.kernels.read_linear import linear_of
from xverify.diagnosis.kernels.rounding import Rounding, bfloat16, float16, int8, tf32
from xverify.diagnosis.kernels.transposed_convolution import TransposedConvolution
from xverify.diagnosis.kernels.trial import Trial
from xverify.diagnosis.suspect import Array, Suspect

Layer = Convolution | TransposedConvolution | Linear
Change = Callable[[Layer], Layer]

TYPES: dict[str, Rounding] = {"float16": float16, "bfloat16": bfloat16}
_FIX = (
    "MATLAB: single(...) for all Learnables; no half, no quantizer (dlquantizer, taylorPrunableNetwork).",
    "ONNX: initializers of type FLOAT, no QuantizeLinear before them.",
    "PyTorch: model.float() before the export.",
)


def weights_rounded(suspect: Suspect) -> Iterator[Explanation]:
    """For convolutions and fully connected layers."""
    linear = linear_of(suspect)
    layer = linear or convolution_of(suspect) or transposed_convolution_of(suspect)
    if layer is None or not suspect.same_shape:
        return
    trial = Trial(suspect, suspect.actual.ndim - 1 if linear else 1)
    for claim, weights, inputs in _roundings(layer):
        given = inputs(suspect.inputs[0])
        if _near(trial, layer, weights, given):
            value = trial.value(weights(layer), given)
            if value is not None:
                yield claim.with_value(value)


def _near(trial: Trial, layer: Layer, weights: Change, given: Array) -> bool:
    """Whether it is worth rounding a whole weight, which may be large: with the channels that are looked at alone."""
    spots, channels = trial.spots, trial.spots.channels
    if isinstance(layer, TransposedConvolution | Convolution) and layer.groups > 1:
        return True
    part = layer.weight[:, channels] if isinstance(layer, TransposedConvolution) else layer.weight[channels]
    small = replace(layer, weight=part, bias=None if layer.bias is None else layer.bias[channels])
    fits = layer.output_shape(given.shape) is not None
    return fits and trial.is_near(weights(small).at(given, replace(spots, channels=np.arange(len(channels)))))


def _roundings(layer: Layer) -> Iterator[tuple[Claim, Change, Rounding]]:
    """What is to be said, what becomes of the weight, and what of the input."""
    for name, rounding in TYPES.items():
        claim = Claim(f"weights in {name}", f"The weight is rounded to {name}.", _FIX)
        yield claim, partial(_rounded, rounding=rounding), _as_it_is
        if layer.bias is not None:
            both = replace(claim, statement=f"Weight and bias are rounded to {name}.")
            yield both, partial(_rounded, rounding=rounding, bias=True), _as_it_is
    claim = Claim("weights in int8", "The weight is rounded to 8-bit integers with one scale.", _FIX)
    largest = np.abs(layer.weight).max(initial=0.0, keepdims=True)
    yield claim, partial(_rounded, rounding=partial(int8, largest=largest)), _as_it_is
    statement = "The weight is rounded to 8-bit integers with one scale for each output channel."
    outputs = 1 if isinstance(layer, TransposedConvolution) else 0
    others = tuple(axis for axis in range(layer.weight.ndim) if axis != outputs)
    yield replace(claim, statement=statement), partial(_rounded, rounding=partial(int8, axes=others)), _as_it_is
    # The input rounded as well: arithmetic of that type, with sums in float32.
    fix = (
        "PyTorch: torch.backends.cuda.matmul.allow_tf32 = False, torch.backends.cudnn.allow_tf32 = False.",
        "ONNX Runtime: use_tf32 = 0.",
    )
    yield Claim("TF32", "Weight and input are rounded to TF32.", fix), partial(_rounded, rounding=tf32), tf32
    for name, rounding in TYPES.items():
        claim = Claim(f"computed in {name}", f"Weight and input are rounded to {name}.", _FIX)
        yield claim, partial(_rounded, rounding=rounding), rounding


def _rounded(layer: Layer, rounding: Rounding, *, bias: bool = False) -> Layer:
    changed = layer.with_weight(rounding(layer.weight))
    return replace(changed, bias=rounding(layer.bias)) if bias and layer.bias is not None else changed


def _as_it_is(value: Array) -> Array:
    return value

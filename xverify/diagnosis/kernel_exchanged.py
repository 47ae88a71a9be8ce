"""Weights of a convolution with their axes in another order: kernels turned or flipped, inputs and outputs exchanged."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.convolution import Convolution
from xverify.diagnosis.kernels.read_convolution import convolution_of, transposed_convolution_of
from xverify.diagnosis.kernels.transposed_convolution import TransposedConvolution
from xverify.diagnosis.kernels.trial import Trial
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]
Layer = Convolution | TransposedConvolution

_AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
_PERMUTED = {
    1: "permute(W, [3 2 1]): PyTorch's weight (out, in, length) is convolution1dLayer's Weights (length, in, out).",
    2: "permute(W, [3 4 2 1]): PyTorch's weight (out, in, height, width) is convolution2dLayer's Weights (height, width, in, out).",
    3: "permute(W, [4 5 3 2 1]): PyTorch's weight (out, in, depth, height, width) is convolution3dLayer's (height, width, depth, in, out).",
}


def kernel_exchanged(suspect: Suspect) -> Iterator[Explanation]:
    """For convolutions, transposed ones too."""
    layer = convolution_of(suspect) or transposed_convolution_of(suspect)
    if layer is None:
        return
    trial = Trial(suspect)
    for claim, changed in _changes(layer):
        value = trial.value(changed)
        if value is not None:
            yield claim.with_value(value)


def _changes(layer: Layer) -> Iterator[tuple[Claim, Layer]]:
    weight = layer.weight
    for turn, flips in sorted(_turns(weight), key=_rarity):
        claim = _turned(turn, flips)
        turned = _apply(weight, turn, flips)
        yield claim, layer.with_weight(turned)
        if isinstance(layer, Convolution) and turned.shape != weight.shape:
            yield claim, _with_settings_turned(layer.with_weight(turned), turn)
    yield from _exchanged(layer)
    yield from _read_in_other_order(layer)


def _turns(weight: Array) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Orders of the kernel's axes and axes that are flipped afterwards; one axis at a time where there are three."""
    rank, kernel = weight.ndim - 2, weight.shape[2:]
    plain = tuple(range(rank))
    for turn, chosen in product(permutations(plain), product((False, True), repeat=rank)):
        flips = tuple(axis for axis in plain if chosen[axis])
        if (turn, flips) == (plain, ()) or any(kernel[turn[axis]] == 1 for axis in flips):
            continue
        if turn != plain and all(size == 1 for size in kernel):
            continue
        if rank < 3 or not flips or (turn == plain and len(flips) == rank):
            yield turn, flips


def _rarity(turned: tuple[tuple[int, ...], tuple[int, ...]]) -> int:
    """Exchanged axes are met most, then true convolutions."""
    turn, flips = turned
    return 0 if not flips else 1 if len(flips) == len(turn) and turn == tuple(range(len(turn))) else 2


def _apply(weight: Array, turn: tuple[int, ...], flips: tuple[int, ...]) -> Array:
    """A view of the weight with its kernel turned."""
    turned = weight.transpose(0, 1, *(2 + axis for axis in turn))
    return np.flip(turned, tuple(2 + axis for axis in flips)) if flips else turned


def _with_settings_turned(layer: Convolution, turn: tuple[int, ...]) -> Convolution:
    """Padding, stride and dilation exchanged together with the kernel."""
    before, after, stride, dilation = (
        tuple(setting[axis] for axis in turn)
        for setting in (layer.windows.before, layer.windows.after, layer.windows.stride, layer.windows.dilation)
    )
    windows = replace(layer.windows, before=before, after=after, stride=stride, dilation=dilation)
    return replace(layer, windows=windows)


def _turned(turn: tuple[int, ...], flips: tuple[int, ...]) -> Claim:
    names = _AXES[len(turn)]
    plain = tuple(range(len(turn)))
    moved = " and ".join(names[axis] for axis in plain if turn[axis] != axis)
    flipped = " and ".join(names[axis] for axis in flips)
    permuted = f"MATLAB: {_PERMUTED[len(turn)]}"
    if turn == plain:
        whole = len(flips) == len(turn)
        statement = f"The kernels are flipped along their {flipped}" + (
            ": a true convolution instead of PyTorch's cross-correlation." if whole else "."
        )
        flip = "; ".join(f"flip(W, {2 + axis + 1})" for axis in flips)
        return Claim(
            "kernel flipped",
            statement,
            (f"{permuted} Without any flip.", f"PyTorch: the found kernels are {flip} of MATLAB."),
        )
    if len(flips) == 1:
        return Claim(
            "kernel rotated",
            "The kernels are rotated by 90 degrees.",
            (permuted, "PyTorch: the found kernels are torch.rot90 of the weight."),
        )
    also = " and flipped along both" if flips else ""
    return Claim(
        "kernel exchanged",
        f"The kernels' {moved} are exchanged{also}.",
        (permuted, "PyTorch: weight.transpose(-1, -2) gives the kernels that were found."),
    )


def _exchanged(layer: Layer) -> Iterator[tuple[Claim, Layer]]:
    """Inputs and outputs exchanged, where that keeps the shape."""
    weight = layer.weight
    if layer.groups > 1 or weight.shape[0] != weight.shape[1] or weight.shape[0] == 1:
        return
    swapped = weight.swapaxes(0, 1)
    spatial = tuple(range(2, weight.ndim))
    forms = [("", swapped)]
    if any(size > 1 for size in weight.shape[2:]):
        forms.append((" and the kernels flipped, as in a transposed convolution", np.flip(swapped, spatial)))
        if len(spatial) == 2:
            forms.append((" and the kernels' height and width too", swapped.swapaxes(2, 3)))
    for also, form in forms:
        claim = Claim(
            "weight transposed",
            f"Input and output channels of the weight are exchanged{also}.",
            (
                f"MATLAB: {_PERMUTED[len(spatial)]}",
                "ONNX: Conv's W is (out, in, ...), ConvTranspose's is (in, out, ...).",
                "PyTorch: weight.transpose(0, 1) gives the weight that was found.",
            ),
        )
        yield claim, layer.with_weight(form)


def _read_in_other_order(layer: Layer) -> Iterator[tuple[Claim, Layer]]:
    """PyTorch's row-major memory read as if it were column-major, without a permutation."""
    weight = layer.weight
    flat = np.ascontiguousarray(weight).ravel()
    forms = [flat.reshape(weight.shape, order="F")]
    kernel = weight.shape[2:]
    if len(set(kernel)) > 1:
        back = tuple(range(weight.ndim - 1, 1, -1))
        forms.append(flat.reshape(*weight.shape[:2], *kernel[::-1]).transpose(0, 1, *back))
    for form in forms:
        claim = Claim(
            "weight order",
            "The weight's numbers are in row-major order and were read in column-major order.",
            (
                f"MATLAB: reshape alone does not do; {_PERMUTED[len(kernel)]}",
                "Python: write arrays with scipy.io.savemat or a permutation, not their raw bytes.",
            ),
        )
        yield claim, layer.with_weight(form)

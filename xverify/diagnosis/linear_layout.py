"""The weight of a fully connected layer in another layout: transposed, or its columns in another flatten order."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.factors import Image, images
from xverify.diagnosis.kernels.linear import Linear
from xverify.diagnosis.kernels.read_linear import linear_of
from xverify.diagnosis.kernels.spots import IMAGES
from xverify.diagnosis.kernels.trial import Trial
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]

_ORDERS = {
    "CWH": "of a column-major flattening (height fastest, then width, then channels)",
    "HWC": "of a flattening with channels fastest (as of channels-last arrays)",
}


def linear_layout(suspect: Suspect) -> Iterator[Explanation]:
    """For fully connected layers and products with a matrix."""
    layer = linear_of(suspect)
    if layer is None:
        return
    trial = Trial(suspect, suspect.actual.ndim - 1)
    for claim, weight in _transposed(layer):
        value = trial.value(layer.with_weight(weight))
        if value is not None:
            yield claim.with_value(value)
    if suspect.inputs[0].ndim == 2:
        yield from _columns(suspect, layer, trial)


def _transposed(layer: Linear) -> Iterator[tuple[Claim, Array]]:
    weight = layer.weight
    if weight.shape[0] == weight.shape[1]:
        fix = (
            "MATLAB: fullyConnectedLayer's Weights are (out, in), PyTorch's weight as it is.",
            "PyTorch: nn.Linear computes x @ weight.T.",
            "ONNX: Gemm with transB = 1, or MatMul with weight.T.",
        )
        yield Claim("weight transposed", "The weight is used transposed.", fix), weight.T
    order_fix = (
        "MATLAB: reshape(w, in, out).' of row-major numbers, or read them with load from a .mat file.",
        "Python: write arrays with scipy.io.savemat, not their raw bytes.",
    )
    statement = "The weight's numbers are in row-major order and were read in column-major order."
    if weight.shape[0] != weight.shape[1]:
        yield Claim("weight order", statement, order_fix), weight.reshape(-1).reshape(weight.shape, order="F")


def _columns(suspect: Suspect, layer: Linear, trial: Trial) -> Iterator[Explanation]:
    """As if another flattening came before: every order of the axes of each image that the features may have been."""
    if not suspect.same_shape:
        return
    features = suspect.inputs[0]
    for claim, index in _orders(features.shape[1], _flattened(suspect)):
        if trial.is_near(layer.at(features[:IMAGES, index], trial.spots)):
            value = trial.value(layer, features[:, index])
            if value is not None:
                yield claim.with_value(value)


def _flattened(suspect: Suspect) -> Image | None:
    """The image that was flattened, where the suspect knows it."""
    found = suspect.flattened
    return (found[0], found[1], found[2]) if len(found) == 3 else None


def _orders(features: int, known: Image | None) -> Iterator[tuple[Claim, NDArray[np.intp]]]:
    seen: set[int] = set()
    for image in (known,) if known else images(features):
        places = np.arange(features).reshape(image)
        for order in permutations(range(3)):
            index = places.transpose(order).ravel()
            for columns, chosen in ((False, index), (True, np.argsort(index))):
                mark = hash(chosen.tobytes())
                if mark not in seen and not np.array_equal(chosen, places.ravel()):
                    seen.add(mark)
                    yield _order_claim("".join("CHW"[axis] for axis in order), image, columns=columns), chosen


def _order_claim(order: str, image: Image, *, columns: bool) -> Claim:
    meant = _ORDERS.get(order, f"{order}, slowest axis first")
    subject, others = (
        ("weight's columns are", "features come") if columns else ("features come", "weight's columns are")
    )
    return Claim(
        "flatten order",
        f"The {subject} in the order {meant}; the {others} in PyTorch's order.",
        (
            "MATLAB: reshape(permute(X, [2 1 3 4]), [], size(X, 4)) flattens as PyTorch does; or keep flattenLayer and permute "
            "the columns of fullyConnectedLayer's Weights, once, as build_NAME.m does.",
            "PyTorch: nn.Flatten gives channel, height, width, width fastest.",
        ),
        (f"The features are taken as {' x '.join(map(str, image))} (channels x height x width).",),
    )

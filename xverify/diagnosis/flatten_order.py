"""A flattening in another element order: the fault that MATLAB users meet most, because MATLAB's arrays are column-major."""

from collections.abc import Iterator
from itertools import permutations

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.suspect import Suspect

_ORDERS = {
    "CWH": "in MATLAB's column-major order, height fastest, then width, then channels",
    "HWC": "with channels fastest, as in channels-last arrays",
}
"""Axes from the slowest to the fastest; PyTorch's are CHW. An H x W x C array in MATLAB has H fastest."""


def flatten_order(suspect: Suspect) -> Iterator[Explanation]:
    """For a layer of two axes that reads an image and has all its elements."""
    if len(suspect.inputs) != 1 or suspect.expected.ndim != 2 or suspect.inputs[0].ndim != 4:
        return
    image = suspect.inputs[0]
    if suspect.expected.shape != (image.shape[0], image[0].size):
        return
    for order in permutations("CHW"):
        name = "".join(order)
        if name == "CHW":
            continue
        axes = [0, *("CHW".index(axis) + 1 for axis in order)]
        yield Explanation(
            kind="flatten order",
            statement=f"The elements are flattened {_ORDERS.get(name, f'in the order {name}, slowest first')}.",
            value=image.transpose(axes).reshape(image.shape[0], -1),
            fix=(
                "MATLAB: reshape(permute(X, [2 1 3 4]), [], size(X, 4)) flattens as PyTorch does; or keep flattenLayer and permute the "
                "columns of the next fullyConnectedLayer's Weights, as build_NAME.m does.",
                "PyTorch: nn.Flatten gives channel, height, width, width fastest.",
            ),
        )

"""A value of the network while its MATLAB code is written: which layer makes it, and what its axes mean there."""

from collections.abc import Sequence
from dataclasses import dataclass

Shape = tuple[int, ...]

LABELS = {"NC": "BC", "NCL": "BCT", "NLC": "BTC", "LNC": "TBC", "NCHW": "BCSS", "NCDHW": "BCSSS"}
"""Dims as the manifest has them -> MATLAB's letters, in PyTorch's order of axes.

A sequence with channels second is BCT and not BCS: sequenceInputLayer, which exists in all releases, gives time series.
"""


@dataclass(frozen=True)
class Operand:
    """A finished value: the output of a layer of the MATLAB network.

    Attributes:
        layer: Name of the MATLAB layer whose output it is.
        labels: For each of PyTorch's axes B (batch), C (channel), S (space), T (time), or 1 for an axis of size 1 that the
            MATLAB array does not have: 'BCSS'.
        shape: PyTorch's.
        flattened: Sizes (height, width, channels) that a flattenLayer joined, whose element order is not PyTorch's; else ().
    """

    layer: str
    labels: str
    shape: Shape
    flattened: Shape = ()

    @property
    def matlab_order(self) -> tuple[int, ...]:
        """PyTorch's axes in the order of MATLAB's array; those of size 1 that it does not have come last."""
        space = [axis for axis, label in enumerate(self.labels) if label == "S"]
        if len(space) == 3:
            space = [space[1], space[2], space[0]]  # height, width, depth: see xverify/layouts/axes.py
        others = [axis for letter in "CBT1" for axis, label in enumerate(self.labels) if label == letter]
        return (*space, *others)

    @property
    def format(self) -> str:
        """MATLAB's format: 'SSCB'."""
        return "".join(self.labels[axis] for axis in self.matlab_order).replace("1", "")

    def size(self, letters: str) -> Shape:
        """The sizes of MATLAB's dimensions with these labels, in MATLAB's order."""
        return tuple(self.shape[axis] for axis in self.matlab_order if self.labels[axis] in letters)

    def dimension(self, axis: int) -> int:
        """MATLAB's dimension, from 1, of one of PyTorch's axes."""
        return self.matlab_order.index(axis) + 1


def normalised(axis: float, rank: int) -> int:
    """An axis from 0, given from 0 or from the end."""
    return int(axis) % rank


def labels_without(labels: str, axes: Sequence[int]) -> str:
    """The labels when these axes are gone."""
    return "".join(label for axis, label in enumerate(labels) if axis not in axes)

"""Activations that someone recorded: a .mat file that came back from MATLAB or Octave, or that a user wrote by hand.

One variable a layer, named by its layer id, in MATLAB's axis order. A struct `xverify_info` says which bundle and producer it
comes from; a file without it is read by the manifest's shapes, and the verdict says "unlabelled".
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle import matfile
from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import StoredArray
from xverify.bundle.reference import INFO
from xverify.errors import XverifyError
from xverify.runtimes.runtime import Activation

Array = NDArray[Any]


class RecordedActivations:
    """The activations of one .mat file. It has accumulated values only.

    Args:
        path: The file, MAT v5.
        bundle: The bundle that it belongs to.

    Raises:
        XverifyError: The file is missing, unreadable, or was made from another bundle.
    """

    def __init__(self, path: Path, bundle: Bundle) -> None:
        self.path = path
        self._variables = matfile.variables(path)
        self._producer = ""
        for variable in self._variables:
            if variable.name == INFO:
                self._read_label(bundle, variable)

    def _read_label(self, bundle: Bundle, variable: matfile.Variable) -> None:
        try:
            info = matfile.read(self.path, variable)[0, 0]
            made_from = _text(getattr(info, "bundle_id", ""))
            self._producer = _text(getattr(info, "producer", "")) or "unknown producer"
        except (IndexError, TypeError, KeyError) as error:
            raise XverifyError(
                f"{self.path}: {INFO} is no struct that xverify wrote.", "Remove that variable, or record again."
            ) from error
        if made_from != bundle.manifest.bundle_id:
            raise XverifyError(
                f"{self.path} was made from another bundle ({made_from or 'no id'}; this one is {bundle.manifest.bundle_id}).",
                "Run this bundle in MATLAB or Octave again, or compare with the bundle that it was made from.",
            )

    @property
    def name(self) -> str:
        """The file's name and its producer."""
        return f"{self.path.name} ({self._producer or 'unlabelled'})"

    @property
    def environment(self) -> dict[str, str]:
        """The file and what it says about itself."""
        return {"file": self.path.name, "producer": self._producer or "unlabelled"}

    @property
    def notes(self) -> tuple[str, ...]:
        """Whether the file says where it comes from."""
        accumulated = "a recorded file has accumulated errors only: no first fault is named"
        if self._producer:
            return (accumulated,)
        return (
            f"unlabelled: {self.path.name} has no {INFO}; shapes and axis orders were taken from the manifest",
            accumulated,
        )

    @property
    def reads_model(self) -> bool:
        """The file says nothing about parameters."""
        return False

    def local(self, bundle: Bundle, references: dict[str, Array]) -> Iterator[Activation] | None:  # noqa: ARG002
        """None: a file holds one whole run."""
        return None

    def optimised(self, bundle: Bundle) -> Iterator[Activation] | None:  # noqa: ARG002
        """None: a file holds one whole run."""
        return None

    def accumulated(self, bundle: Bundle) -> Iterator[Activation] | None:
        """Every variable of the file, in PyTorch's axis order; one that is no layer comes as it is."""
        return self._values(bundle)

    def _values(self, bundle: Bundle) -> Iterator[Activation]:
        passed_over = {INFO} | {item.id for item in bundle.manifest.inputs}
        for variable in self._variables:
            if variable.name in passed_over or variable.name.startswith("__"):
                continue
            value = np.asarray(matfile.read(self.path, variable))
            layer = bundle.layers.get(variable.name)
            yield Activation(variable.name, from_matlab(value, layer.array) if layer else value)


def from_matlab(value: Array, stored: StoredArray) -> Array:
    """An array as MATLAB gives it, in PyTorch's axis order.

    MATLAB drops trailing singleton dimensions and has no array below rank 2; those are restored. An array of another
    shape comes back in PyTorch's order as far as that can be said, for the comparison to refuse.
    """
    rank = len(stored.shape)
    expected = tuple(stored.shape[axis] for axis in stored.permutation)
    if rank < 2:
        fits = value.size == int(np.prod(expected, dtype=np.int64)) and sum(size != 1 for size in value.shape) <= rank
        return value.reshape(expected) if fits else value
    if value.ndim > rank or value.dtype == object:
        return value
    padded = value.reshape(value.shape + (1,) * (rank - value.ndim))
    return padded.transpose(np.argsort(stored.permutation))


def _text(value: object) -> str:
    return str(np.asarray(value).reshape(-1)[0]) if np.asarray(value).size else ""

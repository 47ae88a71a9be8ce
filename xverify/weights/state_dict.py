"""A PyTorch state_dict with the values of a MATLAB network."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.manifest import Parameter
from xverify.errors import XverifyError
from xverify.weights.examine import Expected, Item
from xverify.weights.restoring import in_pytorch, split_names
from xverify.weights.ties import tied_to

Array = NDArray[Any]

_NO_PLACE = frozenset({"extra", "other shape"})
_LISTED = 10


@dataclass(frozen=True)
class TunedState:
    """Parameters and buffers as a PyTorch model has them.

    Attributes:
        arrays: By their names in the state_dict, in its order; PyTorch's shapes and dtypes.
        changed: Names whose values are not the exported ones.
        kept: Name -> why its exported value stays.
        notes: What was done that is not plain copying.
    """

    arrays: Mapping[str, Array]
    changed: tuple[str, ...]
    kept: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def tuned_state(expected: Expected, items: Sequence[Item], file: str, *, partial: bool) -> TunedState:
    """The state_dict with the file's values.

    Args:
        expected: The bundle's parameters.
        items: What was found for them.
        file: The file's name, for messages.
        partial: Keep exported values where the file has none; otherwise that is an error.

    Raises:
        XverifyError: A parameter is missing (without `partial`), has another shape, has values for which PyTorch's layer
            has no parameter, is not finite, or was trained apart where PyTorch has one parameter for two layers.
    """
    _require_fit(items, file)
    if not partial:
        _require_all(items, file)
    return _State(expected, items).made()


def _require_fit(items: Sequence[Item], file: str) -> None:
    for item in items:
        result = item.result
        if result.status == "other shape" or (result.status == "extra" and result.layer):
            raise XverifyError(
                f"{file}: {result.where} ({_size(result.found_shape)}) is not what PyTorch's layer {result.layer or result.names} "
                f"has: {result.note}.",
                "`xverify weights` shows all parameters; --map says how an array lies in the file.",
            )
        if item.stored is not None and item.array is not None:
            _require_values(item, file)


def _require_values(item: Item, file: str) -> None:
    where, array = item.result.where, item.array
    assert array is not None
    assert item.stored is not None
    if not np.isfinite(array).all():
        raise XverifyError(
            f"{file}: {where} holds NaN or Inf.", "The training diverged: go back to an earlier network."
        )
    if not item.certain:
        raise XverifyError(
            f"{file}: {where}: {item.result.note}.",
            "In MATLAB: xverify.dlt.exportWeights(net, 'tuned.mat'). If no flattenLayer was there, as in the bundle's own weights.mat, "
            f'say so: --map FILE.toml with [{item.result.layer}] and layer = "{where.rpartition(".")[0]}"',
        )
    if (
        array.dtype.kind in "iu"
        and array.dtype.itemsize == 1
        and item.op
        and item.stored.array.dtype.kind == "f"
        and np.any(array > 1)
    ):
        raise XverifyError(
            f"{file}: {where} is {array.dtype}: a quantised network.", "Reimport the network before it was quantised."
        )


def _require_all(items: Sequence[Item], file: str) -> None:
    lost = [item.result for item in items if item.result.status in {"missing", "folded"}]
    if not lost:
        return
    names = [f"{result.layer}.{result.property}" if result.layer else ", ".join(result.names) for result in lost]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    folded = any(result.status == "folded" for result in lost)
    hint = "Use the network before batch normalizations were folded" if folded else "--map says where they lie"
    raise XverifyError(
        f"{file} has no values for {', '.join(names[:_LISTED])}{more}.",
        f"{hint}; --partial keeps the exported values of what is missing.",
    )


class _State:
    def __init__(self, expected: Expected, items: Sequence[Item]) -> None:
        self.expected, self.items = expected, items
        self.parameters = {item.name: item for item in expected.manifest.parameters}
        self.shapes = {name: item.shape for name, item in self.parameters.items()}
        self.arrays: dict[str, Array] = {}
        self.sources: dict[str, str] = {}
        self.changed: set[str] = set()
        self.kept: dict[str, str] = {}
        self.notes: list[str] = []

    def made(self) -> TunedState:
        for item in self.items:
            if item.stored is not None:
                self._add(item)
        for name in self.parameters:
            if name not in self.arrays or name in self.kept:
                self._follow_tie(name)
        missing = [name for name in self.parameters if name not in self.arrays]
        assert not missing, missing
        return TunedState(
            {name: self.arrays[name] for name in self.parameters},
            tuple(name for name in self.parameters if name in self.changed),
            {name: reason for name, reason in self.kept.items() if name not in self.changed},
            tuple(dict.fromkeys(self.notes)),
        )

    def _add(self, item: Item) -> None:
        assert item.stored is not None
        keeps = item.array is None or item.result.status == "folded"
        source = item.stored.array if keeps or item.array is None else item.array
        for name, array in in_pytorch(item.stored, source, item.op, self.shapes).items():
            if keeps:
                self._keep(name, array, item)
            else:
                self._set(name, array, item)
        if split := split_names(item.stored, item.op)[1]:
            self.notes.append(
                f"MATLAB has one bias where PyTorch adds two: {', '.join(split)} is 0, bias_ih has the sum"
            )

    def _keep(self, name: str, array: Array, item: Item) -> None:
        if name not in self.arrays:
            self.arrays[name] = self._cast(name, array)
            self.kept[name] = item.result.note or "the file has no such layer"

    def _set(self, name: str, array: Array, item: Item) -> None:
        value = self._cast(name, array)
        if name in self.sources and not np.array_equal(value, self.arrays[name]):
            raise XverifyError(
                f"{self.sources[name]} and {item.result.where} differ, and both are PyTorch's {name}.",
                "PyTorch uses one parameter for both layers; in MATLAB they were trained apart. Decide which one holds: "
                "--map can give both the same array.",
            )
        self.arrays[name], self.sources[name] = value, item.result.where
        self.kept.pop(name, None)
        if item.result.change is not None:
            self.changed.add(name)
        if item.result.note and item.result.status == "equal":
            self.notes.append(f"{name}: {item.result.note}")

    def _cast(self, name: str, array: Array) -> Array:
        """The array in PyTorch's dtype; said where that rounds."""
        dtype = _numpy_dtype(self.parameters[name])
        value = np.ascontiguousarray(array, dtype).reshape(self.shapes[name])
        if array.dtype != dtype and not np.array_equal(value.astype(array.dtype), array):
            self.notes.append(f"{name}: {array.dtype} was rounded to PyTorch's {dtype}")
        return value

    def _follow_tie(self, name: str) -> None:
        other = tied_to(name, self.expected.manifest, self.expected.loose)
        if other and other in self.arrays and other not in self.kept:
            self.arrays[name] = self.arrays[other]
            self.kept.pop(name, None)
            if other in self.changed:
                self.changed.add(name)
            self.notes.append(f"{name} is the same parameter as {other}, and has its values")


def _numpy_dtype(parameter: Parameter) -> np.dtype[Any]:
    try:
        return np.dtype(parameter.dtype)
    except TypeError as error:
        raise XverifyError(
            f"{parameter.name} is {parameter.dtype}, which numpy does not have.", "Export the model in float32."
        ) from error


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "scalar"


def unused_names(items: Sequence[Item]) -> Iterator[str]:
    """What the file has beside the bundle's layers, and is left out."""
    yield from (item.result.where for item in items if item.result.status == "extra" and not item.result.layer)

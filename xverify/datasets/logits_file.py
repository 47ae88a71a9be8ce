"""Reads what xverify.evaluate wrote in MATLAB or Octave: the network's outputs for the samples of a data set.

One file, or a folder of files (shards), each of which says which samples it has. They are read one at a time, so a large data set
is best kept in shards. Whatever does not fit together is refused by name: a gap would pass unseen.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.matfile import OpenedFile, opened
from xverify.bundle.reference import INFO
from xverify.bundle.variable_path import PathError, Step, VariablePath
from xverify.datasets.mat_names import plain
from xverify.errors import XverifyError

Array = NDArray[Any]

_WRITE = "Write it with xverify.evaluate(bundle, images, 'Output', 'logits.mat') in MATLAB or Octave."


@dataclass(frozen=True, eq=False)
class Shard:
    """The content of one file.

    Attributes:
        path: The file.
        producer: 'GNU Octave 7.3.0'.
        bundle_id: Of the bundle whose network ran; '' where the file does not say.
        first: The place of its first sample, from 0.
        total: Samples of the whole data set.
        names: Its samples.
        logits: `(n, classes)` float32.
        inputs: Name of a sample -> its preprocessed tensor `(C, H, W)`.
    """

    path: Path
    producer: str
    bundle_id: str
    first: int
    total: int
    names: tuple[str, ...]
    logits: NDArray[np.float32]
    inputs: Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class _Place:
    path: Path
    first: int
    count: int


class LogitsFiles:
    """A file, or a folder of files, as one result.

    Args:
        path: The file or the folder.
        bundle_id: Of the bundle that it must be of.
        names: The data set's samples, in order.
        outputs: How many classes the network tells apart.
        shape: (C, H, W) of the network's input.

    Raises:
        XverifyError: A file cannot be read, is of another bundle or another data set, or samples are missing or doubled.
    """

    def __init__(
        self, path: Path, bundle_id: str, names: Sequence[str], outputs: int, shape: tuple[int, int, int]
    ) -> None:
        self._names, self._outputs, self._shape, self._bundle_id = names, outputs, shape, bundle_id
        self.producer = ""
        places = []
        for file in _files_of(path):
            shard = self._read(file)
            self.producer = self.producer or shard.producer
            places.append(_Place(file, shard.first, len(shard.names)))
        self._places = sorted(places, key=lambda place: place.first)
        _require_whole(path, self._places, len(names))

    def shards(self) -> Iterator[Shard]:
        """The content, in the data set's order."""
        return (self._read(place.path) for place in self._places)

    def _read(self, path: Path) -> Shard:
        shard = read_shard(path, self._shape)
        if shard.bundle_id != self._bundle_id:
            raise XverifyError(
                f"{path} was made from another bundle ({shard.bundle_id or 'it does not say which'}, not {self._bundle_id}).",
                "Run xverify.evaluate on this bundle.",
            )
        if shard.total != len(self._names):
            raise XverifyError(
                f"{path} is of a data set of {shard.total} samples; this one has {len(self._names)}.",
                "Give --data the images that MATLAB read.",
            )
        _require_names(shard, self._names)
        if shard.logits.shape[1] != self._outputs:
            raise XverifyError(
                f"{path} has {shard.logits.shape[1]} logits a sample; the network has {self._outputs} outputs.", _WRITE
            )
        return shard


def first_total(path: Path, shape: tuple[int, int, int]) -> int:
    """How many samples the data set has that a file, or the first of a folder, says it is of."""
    return read_shard(_files_of(path)[0], shape).total


def read_shard(path: Path, shape: tuple[int, int, int]) -> Shard:
    """Reads one file.

    Args:
        path: The file.
        shape: (C, H, W) of the network's input.

    Raises:
        XverifyError: It cannot be read, or is no logits file.
    """
    with opened(path) as file:
        try:
            return _shard(path, file, shape)
        except (PathError, ValueError, AttributeError, KeyError, IndexError) as error:
            raise XverifyError(f"{path} is no logits file: {error}.", _WRITE) from error


def _shard(path: Path, file: OpenedFile, shape: tuple[int, int, int]) -> Shard:
    kind = _text(_info(file, "kind"))
    if kind != "logits":
        raise ValueError(f"its kind is '{kind}'")
    names = _texts(_node(file, "files"))
    logits = np.asarray(file.value(_node(file, "logits")))
    if logits.dtype.kind != "f" or logits.ndim != 2 or logits.shape[1] != len(names):
        raise ValueError(f"logits is {logits.dtype}, {logits.shape}, for {len(names)} samples")
    return Shard(
        path=path,
        producer=_text(_info(file, "producer")),
        bundle_id=_text(_info(file, "bundle_id")),
        first=_whole_number(file, "first") - 1,
        total=_whole_number(file, "total"),
        names=names,
        logits=_single(logits),
        inputs=_inputs(file, shape, names),
    )


def _single(logits: Array) -> NDArray[np.float32]:
    """`(n, classes)`; a double that is too large becomes Inf, which the judge lists."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(logits.T, dtype=np.float32)


def _inputs(file: OpenedFile, shape: tuple[int, int, int], samples: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """By the name of the sample. Names that are there twice, as those of a pixels file may be, tell nothing: left out."""
    if not any(item.name == "inputs" for item in file.variables):
        return {}
    names = _texts(_node(file, "input_files"))
    values = np.asarray(file.value(_node(file, "inputs")))
    channels, height, width = shape
    if values.size != len(names) * prod(shape):
        raise ValueError(
            f"inputs has {values.size} elements for {len(names)} samples of {height} x {width} x {channels}"
        )
    stacked = values.reshape((height, width, channels, len(names)), order="F")  # MATLAB drops trailing ones
    counts, recorded = Counter(samples), Counter(names)
    foreign = [name for name in names if name not in counts]
    if foreign:
        raise ValueError(f"it has an input of '{foreign[0]}', which is none of its samples")
    return {
        name: np.asarray(stacked[..., k].transpose(2, 0, 1), dtype=np.float32)
        for k, name in enumerate(names)
        if counts[name] == recorded[name] == 1
    }


def _node(file: OpenedFile, name: str) -> Any:
    return file.node(VariablePath(name))


def _text(node: Any) -> str:
    flat = np.asarray(node.value()).ravel()
    return str(flat[0]) if flat.size and flat.dtype.kind == "U" else ""


def _texts(node: Any) -> tuple[str, ...]:
    return tuple(_text(node.item(position)) for position in range(prod(node.shape)))


def _info(file: OpenedFile, name: str) -> Any:
    return file.node(VariablePath(INFO, (Step(".", name),)))


def _whole_number(file: OpenedFile, name: str) -> int:
    value = float(np.asarray(_info(file, name).value()).ravel()[0])
    if not value.is_integer():
        raise ValueError(f"{INFO}.{name} is {value}")
    return int(value)


def _files_of(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(item for item in path.iterdir() if item.suffix.lower() == ".mat")
    if not files:
        raise XverifyError(f"There is no .mat file in {path}.", _WRITE)
    return files


def _require_names(shard: Shard, names: Sequence[str]) -> None:
    own = names[shard.first : shard.first + len(shard.names)]
    if shard.first < 0 or len(own) < len(shard.names):
        raise XverifyError(
            f"{shard.path} has samples {shard.first + 1} to {shard.first + len(shard.names)} of {len(names)}.", _WRITE
        )
    for offset, (theirs, ours) in enumerate(zip(shard.names, own, strict=True)):
        if plain(theirs) != plain(ours):
            raise XverifyError(
                f"Sample {shard.first + offset + 1} is called '{theirs}' in {shard.path}, and '{ours}' in the data.",
                "Give --data the images that MATLAB read: both sides sort them by their path inside the folder.",
            )


def _require_whole(path: Path, places: Sequence[_Place], total: int) -> None:
    end = 0
    for place in places:
        if place.first < end:
            raise XverifyError(
                f"{place.path} has sample {place.first + 1} again: it begins before the file before it ends, at {end}.",
                "Remove the file that does not belong to the others.",
            )
        if place.first > end:
            raise _missing(path, end, place.first)
        end = place.first + place.count
    if end < total:
        raise _missing(path, end, total)


def _missing(path: Path, start: int, end: int) -> XverifyError:
    return XverifyError(
        f"{path} lacks the samples {start + 1} to {end}.",
        f"Run xverify.evaluate(..., 'First', {start + 1}, 'Count', {end - start}) and put its file into the same folder.",
    )

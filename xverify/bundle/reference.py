"""Writes reference.mat (reference-2.mat, ... where one file would grow too large): inputs and every layer's output.

The same layout serves activations.mat, which comes back from MATLAB or Octave: one top-level variable a layer, and a struct
`xverify_info` with the bundle's id and each variable's shape and dims.
"""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import as_stored
from xverify.bundle.manifest import StoredArray
from xverify.bundle.matfile import MAX_VARIABLE_BYTES, MatWriter
from xverify.layouts.axes import matlab_dims

INFO = "xverify_info"
"""Never `xverify`: a variable of that name would hide the MATLAB package."""


class ReferenceWriter:
    """Appends arrays to reference.mat as they are recorded, so that they need not be kept in memory."""

    def __init__(self, folder: Path, bundle_id: str, producer: str, *, file_limit: int = MAX_VARIABLE_BYTES) -> None:
        self.folder, self.bundle_id, self.producer = folder, bundle_id, producer
        self.file_limit = file_limit
        self.files: list[str] = []
        self._stored: list[StoredArray] = []
        self._writer: MatWriter | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(complete=kind is None)

    def write(self, identifier: str, array: NDArray[Any], dims: str) -> StoredArray:
        """Appends one array in MATLAB's axis order and says where it lies.

        Args:
            identifier: Its layer id: the variable's name.
            array: The value in PyTorch's axis order.
            dims: PyTorch's dims string, or '' where the axes' meaning is unknown: the order then stays PyTorch's.
        """
        matlab, permutation = matlab_dims(dims) if dims else ("", tuple(range(array.ndim)))
        stored = as_stored(array, permutation)
        writer = self._file_for(stored.nbytes)
        record = StoredArray(
            file=writer.path.name,
            variable=identifier,
            offset=writer.write_array(identifier, stored),
            shape=tuple(array.shape),
            dtype=str(stored.dtype),
            permutation=permutation,
            dims=dims,
            matlab_dims=matlab,
        )
        self._stored.append(record)
        return record

    def _file_for(self, nbytes: int) -> MatWriter:
        if self._writer is not None and self._writer.size + nbytes > self.file_limit:
            self._close(complete=True)
        if self._writer is None:
            name = "reference.mat" if not self.files else f"reference-{len(self.files) + 1}.mat"
            self.files.append(name)
            self._writer = MatWriter(self.folder / name)
        return self._writer

    def _close(self, *, complete: bool) -> None:
        if self._writer is None:
            return
        with self._writer as writer:
            if complete:
                here = [record for record in self._stored if record.file == writer.path.name]
                writer.write(INFO, self._info(here))
        self._writer = None

    def _info(self, records: list[StoredArray]) -> dict[str, Any]:
        return info(self.producer, self.bundle_id, {record.variable: record for record in records})


def info(producer: str, bundle_id: str, arrays: Mapping[str, StoredArray]) -> dict[str, Any]:
    """The struct `xverify_info` of a file: who made it, from which bundle, and what each variable's axes are."""
    return {
        "producer": producer,
        "bundle_id": bundle_id,
        "layers": {name: _label(item) for name, item in arrays.items()},
    }


def _label(stored: StoredArray) -> dict[str, Any]:
    return {
        "shape": np.array(stored.shape, dtype=np.float64).reshape(1, -1),
        "dims": stored.matlab_dims,
        "pytorch_dims": stored.dims,
        "permutation": np.array(stored.permutation, dtype=np.float64).reshape(1, -1) + 1,
    }

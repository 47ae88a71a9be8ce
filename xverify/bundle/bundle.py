"""A bundle on disk, read and validated: the only thing that crosses between machines."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from xverify.bundle import matfile
from xverify.bundle.hashing import file_sha256
from xverify.bundle.manifest import FORMAT_VERSION, Input, Layer, Manifest, StoredArray, encode
from xverify.errors import XverifyError

MANIFEST = "manifest.json"
MODEL = "model.onnx"
WEIGHTS = "weights.mat"
REFERENCE = "reference.mat"


class Bundle:
    """A bundle that has been opened: its manifest and access to its files.

    >>> bundle = load_bundle("cifar10-net")  # doctest: +SKIP
    >>> bundle.reference(bundle.manifest.layers[0]).shape  # doctest: +SKIP
    (2, 32, 32, 32)
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    def __repr__(self) -> str:
        return f"Bundle({str(self.path)!r}, {len(self.manifest.layers)} layers)"

    @property
    def model_path(self) -> Path:
        """The ONNX file."""
        return self.path / MODEL

    @cached_property
    def layers(self) -> dict[str, Layer]:
        """Layers by id, in topological order."""
        return {layer.id: layer for layer in self.manifest.layers}

    def survivor(self, layer: Layer) -> Layer | Input:
        """The layer (or input) that holds this layer's value in model.onnx: itself, unless it is an alias."""
        if not layer.alias_of:
            return layer
        return self.layers.get(layer.alias_of) or self._inputs[layer.alias_of]

    @cached_property
    def _inputs(self) -> dict[str, Input]:
        return {item.id: item for item in self.manifest.inputs}

    def reference(self, value: Layer | Input) -> NDArray[Any]:
        """PyTorch's recorded value, in PyTorch's axis order and dtype, C-contiguous; read from disk at each call."""
        return self._read(value.array, value.dtype)

    def _read(self, stored: StoredArray, dtype: str) -> NDArray[Any]:
        array = matfile.read_at(self.path / stored.file, stored.offset, stored.dtype, stored.shape, stored.permutation)
        return array if stored.dtype == dtype else array.astype(dtype)

    def verify_files(self, names: Iterable[str] | None = None) -> None:
        """Checks the hash of the named files (all, if None) against the manifest, in parallel.

        Raises:
            XverifyError: A file is missing or differs; the message names it.
        """
        wanted = list(self.manifest.files) if names is None else list(names)
        with ThreadPoolExecutor() as pool:  # hashlib releases the interpreter lock
            for name, actual in zip(wanted, pool.map(self._hash_of, wanted), strict=True):
                if actual is None:
                    raise XverifyError(f"{self.path / name} is missing from the bundle.", "Export the bundle again.")
                if actual != self.manifest.files[name]:
                    raise XverifyError(
                        f"{self.path / name} is not the file that was exported: its sha256 differs from the manifest's.",
                        "It was changed or damaged in transfer. Copy the bundle again, or export it again.",
                    )

    def _hash_of(self, name: str) -> str | None:
        try:
            return file_sha256(self.path / name)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise XverifyError(
                f"{self.path / name} cannot be read: {error.strerror}.", "Mend it, or copy the bundle again."
            ) from error


def load_bundle(path: str | Path, *, verify: bool = True) -> Bundle:
    """Opens a bundle.

    Args:
        path: The bundle's folder.
        verify: Check the sha256 of every file. A caller that passes False must call `Bundle.verify_files` itself before
            it trusts a file.

    Raises:
        XverifyError: Not a bundle, a newer format, a corrupt manifest, or a file that differs from the manifest.
    """
    folder = Path(path)
    bundle = Bundle(folder, _read_manifest(folder))
    if verify:
        bundle.verify_files()
    return bundle


def _read_manifest(folder: Path) -> Manifest:
    if not folder.exists():
        raise XverifyError(f"{folder} does not exist.", "Give the folder that `xverify export -o` wrote.")
    try:
        data = (folder / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise XverifyError(
            f"{folder} is not a bundle: it has no {MANIFEST}.", "Give the folder that `xverify export -o` wrote."
        ) from None
    except OSError as error:
        raise XverifyError(
            f"{folder / MANIFEST} cannot be read: {error.strerror}.", "Mend it, or copy the bundle again."
        ) from error
    manifest = _decoded(folder, data)
    _check_consistency(folder, manifest)
    return manifest


def _decoded(folder: Path, data: bytes) -> Manifest:
    try:
        version = msgspec.json.decode(data, type=_Version).format_version
        if version > FORMAT_VERSION:
            raise XverifyError(
                f"{folder} has format version {version}; this xverify reads up to {FORMAT_VERSION}.",
                "Install a newer xverify (pip install -U xverify), or export the bundle with this one.",
            )
        return msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise XverifyError(f"{folder / MANIFEST} is damaged: {error}", "Export the bundle again.") from error


class _Version(msgspec.Struct):
    format_version: int


def _check_consistency(folder: Path, manifest: Manifest) -> None:
    problem = next(_inconsistencies(manifest), None)
    if problem:
        raise XverifyError(f"{folder / MANIFEST} contradicts itself: {problem}", "Export the bundle again.")


def _inconsistencies(manifest: Manifest) -> Iterator[str]:
    recorded: list[Input | Layer] = [*manifest.inputs, *manifest.layers]
    values = [item.id for item in recorded]
    aliases = {layer.id: layer.alias_of for layer in manifest.layers if layer.alias_of}
    yield from (f"'{name}' names two values." for name in sorted({v for v in values if values.count(v) > 1}))
    known = set(values)
    if not manifest.layers:
        yield "it lists no layers."
    for layer in manifest.layers:
        yield from (
            f"layer {layer.id} refers to '{other}', which it does not list."
            for other in _references(layer)
            if other not in known
        )
    yield from (f"layer {a} is an alias of another alias, '{b}'." for a, b in aliases.items() if b in aliases)
    yield from (f"the channels of layer {layer.id} are not those of its tolerances." for layer in _misfits(manifest))
    yield from (f"'{item.id}' has two shapes." for item in recorded if item.array.shape != item.shape)
    yield from (f"output '{o.name}' refers to '{o.layer}'." for o in manifest.outputs if o.layer not in known)
    arrays = [item.array for item in recorded]
    yield from (f"{a.file} is not in its list of files." for a in arrays if a.file not in manifest.files)
    yield from (f"{name} is not in its list of files." for name in (MODEL, WEIGHTS) if name not in manifest.files)
    yield from (
        f"{a.variable} has no valid permutation." for a in arrays if sorted(a.permutation) != list(range(len(a.shape)))
    )


def _misfits(manifest: Manifest) -> Iterator[Layer]:
    for layer in manifest.layers:
        if channels := layer.tolerance.channels:
            size = layer.shape[channels.axis] if 0 <= channels.axis < len(layer.shape) else -1
            if not len(channels.local) == len(channels.accumulated) == size:
                yield layer


def _references(layer: Layer) -> Iterator[str]:
    yield from layer.inputs
    if layer.alias_of:
        yield layer.alias_of


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes manifest.json, the last file of a bundle."""
    (folder / MANIFEST).write_bytes(encode(manifest))


def rehash(folder: Path) -> None:
    """Recomputes the hashes of a bundle whose files were changed on purpose (fault injection in tests and benchmarks)."""
    manifest = _read_manifest(folder)
    files = {name: file_sha256(folder / name) for name in manifest.files}
    write_manifest(folder, msgspec.structs.replace(manifest, files=files))


def as_stored(array: NDArray[Any], permutation: tuple[int, ...]) -> NDArray[Any]:
    """The array as MATLAB gets it: its axes permuted, booleans as uint8 (MATLAB's logical), scalars as 1 x 1."""
    stored = np.asarray(array).transpose(permutation)
    return stored.astype(np.uint8) if stored.dtype == np.bool_ else stored

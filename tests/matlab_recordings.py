"""Activations as MATLAB would save them, and bundles that they belong to."""

from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
import scipy.sparse
from handmade_bundles import BUNDLE_ID
from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle, as_stored
from xverify.comparison.compare import compare_bundle
from xverify.comparison.results import Comparison
from xverify.runtimes.recorded import RecordedActivations

Array = NDArray[Any]

RNG = np.random.default_rng(5)
VALUES: dict[str, Array] = {
    "images": RNG.normal(size=(2, 3, 5, 7)).astype(np.float32),
    "one_image": RNG.normal(size=(1, 3, 5, 7)).astype(np.float32),
    "column": RNG.normal(size=(1, 1, 5, 1)).astype(np.float32),
    "sequences": RNG.normal(size=(2, 6, 4)).astype(np.float32),
    "features": RNG.normal(size=(2, 4)).astype(np.float32),
    "one_feature": RNG.normal(size=(2, 1)).astype(np.float32),
    "unknown": RNG.normal(size=(3, 4, 2)).astype(np.float32),
    "vector": RNG.normal(size=6).astype(np.float32),
    "total": np.array(2.5, np.float32),
    "mask": RNG.normal(size=(2, 3)) > 0,
    "index": np.array([3, 0, 250], np.int64),
}
DIMS = {
    "images": "NCHW",
    "one_image": "NCHW",
    "column": "NCHW",
    "sequences": "NLC",
    "features": "NC",
    "one_feature": "NC",
}
INFO = {"producer": "MATLAB R2024b", "bundle_id": BUNDLE_ID, "layers": {"images": {"dims": "SSCB"}}}


def in_matlab(bundle: Bundle) -> dict[str, Any]:
    """Every layer as MATLAB holds it: its axis order, without trailing singletons, of rank 2 at least."""
    content = {}
    for layer in bundle.manifest.layers:
        array = as_stored(VALUES[layer.id], layer.array.permutation)
        while array.ndim > 2 and array.shape[-1] == 1:
            array = array[..., 0]
        content[layer.id] = array
    return content


def saved(folder: Path, content: dict[str, Any], *, info: object = INFO, compressed: bool = False) -> Path:
    path = folder / "activations.mat"
    label = {} if info is None else {"xverify_info": info}
    scipy.io.savemat(path, content | label, oned_as="column", do_compression=compressed)
    return path


def compared(bundle: Bundle, path: Path) -> Comparison:
    return compare_bundle(bundle, RecordedActivations(path, bundle))


def cell(*sizes: int) -> Array:
    content = np.empty(sizes, object)
    content[:] = 1.0
    return content

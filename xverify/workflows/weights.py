"""`xverify weights`: parameters of a bundle against those of a .mat file."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xverify.bundle.bundle import WEIGHTS, Bundle, load_bundle
from xverify.weights.compare import comparison_of, examined, read_expected
from xverify.weights.examine import Expected, Item
from xverify.weights.pairing import Names
from xverify.weights.results import WeightsComparison
from xverify.weights.source import WeightsSource, read_source
from xverify.weights.weight_map import read_weight_map


@dataclass(frozen=True)
class WeightsOptions:
    """How a file is read.

    Attributes:
        variable: Which network object, where the file holds several.
        mapping: A TOML file that says which layer or array of the file is which parameter (see `weight_map`).
        onnx: The ONNX file that MATLAB imported, where it is not the bundle's own.
        atol: Differences up to this count as equal.
    """

    variable: str = ""
    mapping: Path | None = None
    onnx: Path | None = None
    atol: float = 0.0


@dataclass(frozen=True)
class Examined:
    """Both sides, and every parameter of either."""

    bundle: Bundle
    expected: Expected
    source: WeightsSource
    items: list[Item]


def compare_weights(bundle: Bundle | str | Path, file: str | Path, **options: Any) -> WeightsComparison:
    """Compares every parameter of a bundle with those of a .mat file.

    Args:
        bundle: A bundle, or its folder. Of its files weights.mat alone is read, and model.onnx where names need it.
        file: A weights.mat, what xverify.dlt.exportWeights wrote, a network object, or arrays with a map.
        **options: See `WeightsOptions`.

    Raises:
        XverifyError: The bundle is damaged, the file or the map cannot be read, or nothing in the file belongs to the bundle.
    """
    given = WeightsOptions(**options)
    found = examine_file(bundle, Path(file), given)
    return comparison_of(found.expected, found.source, found.items, given.atol)


def examine_file(bundle: Bundle | str | Path, file: Path, options: WeightsOptions) -> Examined:
    """Reads both sides and finds every parameter; see `compare_weights`."""
    opened = bundle if isinstance(bundle, Bundle) else load_bundle(bundle, verify=False)
    with ThreadPoolExecutor(1) as pool:  # hashing needs no interpreter: the file is read meanwhile
        verified = pool.submit(opened.verify_files, [WEIGHTS])
        source = read_source(file, options.variable)
        verified.result()
    expected = read_expected(opened)
    mapping = read_weight_map(options.mapping, expected.layers, expected.loose) if options.mapping else None
    items = examined(expected, source, mapping, _names(opened, expected, options.onnx), options.atol)
    return Examined(opened, expected, source, items)


def _names(bundle: Bundle, expected: Expected, onnx: Path | None) -> Callable[[], Names]:
    """What MATLAB's importer calls the layers: asked only where they have not the bundle's names."""

    def found() -> Names:
        from xverify.weights.importer_names import names_in_other_model, names_in_own_model

        if onnx is not None:
            return names_in_other_model(onnx, bundle.manifest, expected.layers)
        return names_in_own_model(bundle.model_path, bundle.manifest, expected.layers)

    return found

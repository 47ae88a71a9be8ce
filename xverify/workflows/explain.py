"""`xverify explain`: one layer of a bundle in depth."""

from pathlib import Path
from typing import Any

from xverify.bundle.bundle import Bundle, load_bundle
from xverify.bundle.manifest import Layer
from xverify.comparison.compare import compare_bundle
from xverify.comparison.evidence import Evidence
from xverify.comparison.explained import Explained, Range
from xverify.comparison.layer_detail import kept_detail
from xverify.comparison.policy import Policy
from xverify.errors import XverifyError
from xverify.workflows.compare import ONNXRUNTIME, RunOptions, choose_runtime, with_causes


def explain(
    bundle: Bundle | str | Path,
    layer: str,
    against: str | Path = ONNXRUNTIME,
    policy: Policy | None = None,
    **options: Any,
) -> Explained:
    """Compares a bundle and looks at one layer.

    Args:
        bundle: A bundle, or its folder.
        layer: The layer's id or module path.
        against: As for `compare`.
        policy: As for `compare`.
        **options: See `RunOptions`.

    Raises:
        XverifyError: No such layer, or what `compare` raises.
    """
    opened = bundle if isinstance(bundle, Bundle) else load_bundle(bundle, verify=False)
    opened.verify_files()
    chosen = _chosen(opened, layer)
    home = opened.survivor(chosen)
    evidence = Evidence(wanted=home.id)
    comparison = compare_bundle(opened, choose_runtime(opened, against, RunOptions(**options)), policy, evidence)
    comparison = with_causes(opened, comparison, evidence)
    expected = opened.reference(home)
    return Explained(
        layer=chosen,
        comparison=comparison,
        alone=kept_detail(home, evidence.alone, expected, alone=True),
        whole=kept_detail(home, evidence.whole, expected, alone=False),
        readers=tuple(item.id for item in opened.manifest.layers if chosen.id in item.inputs),
        parameters=_parameters(opened, chosen),
        inputs=_inputs(opened, chosen),
    )


def _chosen(bundle: Bundle, name: str) -> Layer:
    found = [item for item in bundle.manifest.layers if name in {item.id, item.module_path}]
    if len(found) == 1:
        return found[0]
    if found:
        raise XverifyError(
            f"'{name}' makes {len(found)} layers: {', '.join(item.id for item in found[:10])}.",
            "Name one of them by its id.",
        )
    raise XverifyError(
        f"'{name}' is no layer of this bundle.", f"`xverify inspect {bundle.path.name}` lists the layers."
    )


def _parameters(bundle: Bundle, layer: Layer) -> dict[str, Range]:
    if not layer.parameters:
        return {}
    from xverify.diagnosis.steps import Steps

    steps = Steps(bundle)
    arrays = {name: steps.parameter(name) for name in layer.parameters}
    return {name: _range(array) for name, array in arrays.items() if array is not None}


def _inputs(bundle: Bundle, layer: Layer) -> dict[str, Range]:
    recorded = {item.id: item for item in bundle.manifest.inputs} | bundle.layers
    return {name: _range(bundle.reference(recorded[name])) for name in layer.inputs if name in recorded}


def _range(array: Any) -> Range:
    if array.size == 0:
        return Range(array.shape, 0.0, 0.0)
    return Range(array.shape, float(array.min()), float(array.max()))

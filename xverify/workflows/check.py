"""`xverify check`: what MATLAB's importer will make of a file, or of a bundle's model.onnx."""

from dataclasses import replace
from pathlib import Path

from onnx import ModelProto

from xverify.bundle.bundle import MODEL, load_bundle
from xverify.bundle.manifest import Manifest
from xverify.compat.check import Check, check_model
from xverify.compat.findings import Finding
from xverify.compat.graph_view import label
from xverify.compat.releases import DEFAULT_RELEASE, release
from xverify.onnx_export.onnx_files import external_locations, load_weights, parse_onnx, structural_faults


def check(path: Path, name: str | None = None, *, verify: bool = True) -> Check:
    """Predicts the import of a file.

    Args:
        path: An ONNX file, or a bundle.
        name: The MATLAB release; if None the bundle's own, or the default.
        verify: Check the hashes of a bundle's files; not needed for one that was written just now.

    Raises:
        XverifyError: The file cannot be read, the bundle is damaged, or the release is unknown.
    """
    if not path.is_dir():
        return _check_file(path, name or DEFAULT_RELEASE)[1]
    manifest = load_bundle(path, verify=verify).manifest
    model, result = _check_file(path / MODEL, name or getattr(manifest.model, "release", "") or DEFAULT_RELEASE)
    names = _names_of_layers(model, manifest, result)
    findings = (*result.findings, *_changed(names))
    return replace(result, layer_ids=names, findings=findings, bundle_id=manifest.bundle_id)


def _check_file(path: Path, name: str) -> tuple[ModelProto, Check]:
    known = release(name)
    model = parse_onnx(path)
    external = external_locations(model)
    load_weights(model, path)
    return model, check_model(model, path.name, structural_faults(model), external, known)


def _names_of_layers(model: ModelProto, manifest: Manifest, result: Check) -> dict[str, str]:
    """Layer id -> the predicted layer that computes its value, for layers that have a node of their own."""
    predicted = {node: layer.name for layer in result.prediction.layers for node in layer.nodes}
    makers = {output: label(node) for node in model.graph.node for output in node.output}
    return {
        layer.id: predicted[makers[layer.onnx_tensor]]
        for layer in manifest.layers
        if layer.onnx_tensor and makers.get(layer.onnx_tensor) in predicted
    }


def _changed(names: dict[str, str]) -> tuple[Finding, ...]:
    changed = tuple(f"{identifier} -> {name}" for identifier, name in names.items() if identifier != name)
    if not changed:
        return ()
    return (
        Finding(
            "note",
            f"{len(changed)} of {len(names)} layers of the bundle have another name in MATLAB.",
            changed,
            "Several layers that become one custom layer have its name, and their values cannot be asked for.",
            "the predicted names",
            "assumed",
            "Compare the other layers; `xverify compare` names what it could not compare.",
        ),
    )

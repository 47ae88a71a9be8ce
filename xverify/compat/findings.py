"""What stands between a file and a clean import: how bad, what, where, why, on what evidence, and what to do.

Each rule is one generator below, and one entry in `find`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from onnx import ModelProto

from xverify.compat.graph_view import GraphView, label
from xverify.compat.name_findings import name_problems
from xverify.compat.operator_cases import Doubt, convolution_doubts
from xverify.compat.prediction import PredictedLayer, Prediction
from xverify.compat.releases import Confidence, Release
from xverify.onnx_export.onnx_faults import Fault, opset_of

Severity = Literal["blocks", "custom layer", "warning", "note"]
SEVERITIES: Sequence[Severity] = ("blocks", "custom layer", "warning", "note")
"""The worst first."""

CONVERT = "`xverify convert FILE.onnx -o OUT.onnx` mends it."
CONVERT_SHAPE = "`xverify convert FILE.onnx -o OUT.onnx --input NAME=SHAPE` mends it."
_FILE = "the file itself"
_MENDED = frozenset({"ConstantOfShape", "Expand", "Flatten", "ReduceMean", "Reshape", "Shape", "Squeeze"})
"""Operators that `convert` can often write in another way; what it did is listed when it ran."""


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes:
        severity: 'blocks' keeps the file from being imported as a network; the others are in `SEVERITIES`.
        what: What was found.
        where: Nodes or values, with what MATLAB will call them where that is the finding; empty for the whole file.
        reason: Why it matters.
        evidence: The source.
        confidence: What it rests on.
        action: What to do.
    """

    severity: Severity
    what: str
    where: tuple[str, ...]
    reason: str
    evidence: str
    confidence: Confidence
    action: str


@dataclass(frozen=True)
class Checked:
    """What the rules look at."""

    model: ModelProto
    view: GraphView
    prediction: Prediction
    faults: Sequence[Fault]
    external: Sequence[str]
    release: Release


def find(checked: Checked) -> tuple[Finding, ...]:
    """All findings, the worst first."""
    rules = (_faults, _external, _versions, _convolutions, _unsupported, _custom, _unknown, _names, _inputs, _assumed)
    found = [finding for rule in rules for finding in rule(checked)]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def _faults(checked: Checked) -> Iterator[Finding]:
    for fault in checked.faults:
        if fault.kind == "node names":
            continue  # told with the other names
        reason = "The file is not a network of standard ONNX operators on tensors."
        where = (fault.where,) if fault.where else ()
        yield Finding("blocks", fault.message, where, reason, _FILE, "verified", fault.hint)


def _external(checked: Checked) -> Iterator[Finding]:
    if checked.external:
        yield Finding(
            "blocks",
            f"Weights lie in {'another file' if len(checked.external) == 1 else 'other files'}.",
            tuple(checked.external),
            "MATLAB imports weights that are in the ONNX file alone.",
            "public reports: files with external data cannot be imported",
            "cited",
            CONVERT,
        )


def _versions(checked: Checked) -> Iterator[Finding]:
    version, known, name = checked.model.ir_version, checked.release.versions, checked.release.name
    if known.ir_limit is not None and version > known.ir_limit:
        what, reason = f"IR version {version} is newer than {known.ir_limit}.", "The importer refuses such a file."
        yield Finding("blocks", what, (), reason, known.ir_source, known.ir_confidence, CONVERT)
    elif version > known.ir_seen:
        what, reason = f"IR version {version} is newer than {known.ir_seen}.", f"Whether {name} takes it is not known."
        yield Finding("warning", what, (), reason, known.ir_source, known.ir_confidence, CONVERT)
    opset = opset_of(checked.model)
    if opset > known.opset_seen:
        what, reason = f"Opset {opset} is newer than {known.opset_seen}.", f"Whether {name} takes it is not known."
        yield Finding("warning", what, (), reason, known.opset_source, known.opset_confidence, CONVERT)


_DOUBTS: Mapping[Doubt, str] = {
    "no kernel_shape": "without kernel_shape",
    "auto_pad": "with auto_pad",
    "symbolic size": "with a symbolic height or width",
}


def _convolutions(checked: Checked) -> Iterator[Finding]:
    """One finding for all convolutions that have the same peculiarities."""
    groups: dict[frozenset[Doubt], list[str]] = {}
    for node in checked.view.nodes:
        if node.op_type == "Conv" and (doubts := convolution_doubts(node, checked.view)):
            groups.setdefault(doubts, []).append(label(node))
    layers = {node: layer.name for layer in checked.prediction.layers for node in layer.nodes}
    for doubts, nodes in groups.items():
        custom = "no kernel_shape" in doubts
        texts = [text for doubt, text in _DOUBTS.items() if doubt in doubts]
        yield Finding(
            "custom layer" if custom else "warning",
            f"{_count(nodes, 'convolution')} {', '.join(texts)}.",
            tuple(f"{node} -> {layers[node]}" if custom else node for node in nodes),
            "Convolutions with all three of these became custom layers: no kernel_shape, auto_pad, symbolic height and "
            "width. Which of them is the cause is not established.",
            checked.release.rule("Conv as torch 2.9 writes it").source,
            "verified" if len(doubts) == len(_DOUBTS) else "assumed" if custom else "unknown",
            CONVERT_SHAPE if "symbolic size" in doubts else CONVERT,
        )


def _unsupported(checked: Checked) -> Iterator[Finding]:
    for layer in checked.prediction.of_kind("unsupported"):
        what, action = f"{layer.operators[0]} cannot be imported.", "Write the model with standard ONNX operators."
        yield Finding("blocks", what, layer.nodes, layer.source, layer.source, layer.confidence, action)


def _custom(checked: Checked) -> Iterator[Finding]:
    """One finding for all layers that hold the same operators. Convolutions alone are told above."""
    groups: dict[tuple[str, ...], list[PredictedLayer]] = {}
    for layer in checked.prediction.of_kind("custom"):
        if layer.operators != ("Conv",):
            groups.setdefault(layer.operators, []).append(layer)
    for operators, layers in groups.items():
        note = f" {layers[0].note.capitalize()}." if layers[0].note else ""
        action = "`xverify convert FILE.onnx -o OUT.onnx` may mend it; otherwise write the model without it."
        yield Finding(
            "custom layer",
            f"{_chain(operators)} {_becomes(layers)}.",
            tuple(f"{layer.nodes[0]} -> {layer.name}" for layer in layers),
            f"Its code is generated at import: it may be neither edited in Deep Network Designer nor turned into C.{note}",
            layers[0].source,
            layers[0].confidence,
            action if _MENDED.intersection(operators) else "Write the model without it, or keep the generated code.",
        )


def _chain(operators: Sequence[str]) -> str:
    shown = operators if len(operators) <= 4 else [*operators[:3], f"... ({len(operators)} nodes)", operators[-1]]
    return ", ".join(shown)


def _becomes(layers: Sequence[PredictedLayer]) -> str:
    verb = "becomes" if len(layers[0].operators) == 1 else "become"
    return f"{verb} a custom layer, {len(layers)} times" if len(layers) > 1 else f"{verb} a custom layer"


def _unknown(checked: Checked) -> Iterator[Finding]:
    """One finding for each operator and reason. Convolutions that are in doubt are told above."""
    doubted = checked.release.rule("Conv in doubt").source
    groups: dict[tuple[str, str], list[str]] = {}
    for layer in checked.prediction.of_kind("unknown"):
        if layer.nodes and layer.source != doubted:
            groups.setdefault((layer.operators[0], layer.source), []).extend(layer.nodes)
    for (operator, source), nodes in groups.items():
        mended = checked.release.forms.get(operator) == "decompose"
        yield Finding(
            "warning",
            f"What becomes of {_count(nodes, f'{operator} node')} is not known.",
            tuple(nodes),
            "It may become a built-in layer or a custom layer, or fail.",
            source,
            "unknown",
            CONVERT if mended else "Look at the imported network.",
        )


def _names(checked: Checked) -> Iterator[Finding]:
    naming = checked.release.naming
    for problem in name_problems(checked.view.graph):
        yield Finding("warning", problem.what, problem.where, problem.reason, naming.source, naming.confidence, CONVERT)


def _inputs(checked: Checked) -> Iterator[Finding]:
    for item in checked.view.inputs:
        shape = checked.view.shapes.get(item.name)
        if shape is None:
            what = f"The shape of input '{item.name}' is not in the file."
        elif any(not isinstance(size, int) for size in shape[1:]):
            what = f"Input '{item.name}' has symbolic sizes: {'x'.join(str(size) for size in shape)}."
        else:
            continue
        yield Finding(
            "warning",
            what,
            (item.name,),
            "Static sizes, or one dynamic batch axis, are what is known to import well.",
            "a file of torch 2.9.1 with symbolic sizes imported badly; the cause is not established",
            "assumed",
            CONVERT_SHAPE,
        )


def _assumed(checked: Checked) -> Iterator[Finding]:
    assumed = [layer for layer in checked.prediction.layers if layer.nodes and layer.confidence == "assumed"]
    layers = [layer for layer in assumed if layer.kind in {"built-in", "helper"}]
    if layers:
        operators = ", ".join(sorted({layer.operators[0] for layer in layers}))
        yield Finding(
            "note",
            f"What becomes of {_count(layers, 'node')} is assumed: {operators}.",
            tuple(node for layer in layers for node in layer.nodes),
            "No file that MATLAB wrote and no public source shows it.",
            "MathWorks' documentation, recalled",
            "assumed",
            "Look at the imported network.",
        )


def _count(items: Sequence[object], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"

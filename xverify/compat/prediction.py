"""The network that MATLAB is predicted to make of an ONNX file: its layers, and how sure that is of each.

Nothing here was run in MATLAB. A prediction rests on the source that it names, and what no source settles is 'unknown':
it never counts as a built-in layer.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from onnx import NodeProto

from xverify.compat.graph_view import GraphView, label
from xverify.compat.naming import ImportedNames, graph_names, make_valid_name
from xverify.compat.operator_cases import case_of
from xverify.compat.releases import Confidence, Kind, OperatorRule, Release
from xverify.onnx_export.onnx_faults import STANDARD

FIRST_NUMBER = 1000
"""The first custom layer is called `ConvLayer1000`."""

_CONFIDENCES: Sequence[Confidence] = ("unknown", "assumed", "cited", "verified")
_INPUT_CLASSES = {2: "FeatureInputLayer", 3: "SequenceInputLayer", 4: "ImageInputLayer", 5: "Image3DInputLayer"}
_GROUPED = "that these neighbours make one layer is assumed"
_FOREIGN = OperatorRule("unsupported", "assumed", "no importer knows an operator that ONNX does not define")
_FOLDED = OperatorRule(
    "unknown", "unknown", "it computes a weight: whether the importer does that at once is not known"
)


@dataclass(frozen=True)
class PredictedLayer:
    """One layer of the network in MATLAB.

    Attributes:
        name: Its name.
        matlab_class: Its class; '' where it is not known.
        kind: A layer of Deep Learning Toolbox, of the ONNX support package, one that the import generates, ...
        confidence: What that rests on.
        source: The evidence, in words.
        nodes: The ONNX nodes that it comes from; none for what the importer adds.
        operators: Their operators.
        note: What else is to be known.
    """

    name: str
    matlab_class: str
    kind: Kind
    confidence: Confidence
    source: str
    nodes: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Score:
    """How many ONNX nodes become what; a Constant is a weight, not a node.

    Attributes:
        nodes: All of them.
        built_in: Built-in layers, verified or cited.
        built_in_assumed: Built-in layers, as recalled from the documentation.
        helper: Layers of the support package.
        custom: Inside layers that the import generates.
        unsupported: What no importer takes.
        unknown: What no source settles.
    """

    nodes: int
    built_in: int
    built_in_assumed: int
    helper: int
    custom: int
    unsupported: int
    unknown: int


@dataclass(frozen=True)
class Prediction:
    """The predicted network: layers in the order of the file, inputs first, outputs last."""

    release: str
    layers: tuple[PredictedLayer, ...]
    naming_confidence: Confidence
    naming_source: str

    @property
    def score(self) -> Score:
        """What becomes of the nodes."""
        counts: Counter[str] = Counter()
        for layer in self.layers:
            assumed = layer.kind == "built-in" and layer.confidence not in {"verified", "cited"}
            counts["assumed" if assumed else layer.kind] += len(layer.nodes)
        return Score(
            nodes=counts.total(),
            built_in=counts["built-in"],
            built_in_assumed=counts["assumed"],
            helper=counts["helper"],
            custom=counts["custom"],
            unsupported=counts["unsupported"],
            unknown=counts["unknown"],
        )

    def of_kind(self, kind: Kind) -> list[PredictedLayer]:
        """The layers of one kind."""
        return [layer for layer in self.layers if layer.kind == kind]


def predict(view: GraphView, release: Release) -> Prediction:
    """What a release makes of a graph."""
    names = graph_names(view.graph)
    layers = (*_inputs(view, names, release), *_computing(view, names, release), *_outputs(view, names, release))
    return Prediction(release.name, layers, release.naming.confidence, release.naming.source)


def rule_of(node: NodeProto, view: GraphView, release: Release) -> OperatorRule:
    """What is known of a node."""
    if node.domain not in STANDARD:
        return _FOREIGN
    return _FOLDED if view.computes_constant(node) else release.rule(case_of(node, view))


def _inputs(view: GraphView, names: ImportedNames, release: Release) -> Iterator[PredictedLayer]:
    source = f"{release.naming.source}: the input layer has the name of the graph's input"
    fixed = f"{release.naming.source}: it follows the input layer where the batch size is fixed"
    for item in view.inputs:
        name, shape = names.tensors[item.name], view.shapes.get(item.name, ())
        layer = _INPUT_CLASSES.get(len(shape), "")
        note = "the class follows from the input's format" if layer else ""
        yield PredictedLayer(
            name, layer and f"nnet.cnn.layer.{layer}", "built-in", "assumed" if layer else "unknown", source, note=note
        )
        if shape and isinstance(shape[0], int):
            yield PredictedLayer(f"{name}_BatchSizeVerifier", "", "helper", release.naming.confidence, fixed)


def _outputs(view: GraphView, names: ImportedNames, release: Release) -> Iterator[PredictedLayer]:
    source = f"{release.naming.source}: each output tensor gets a layer"
    for item in view.graph.output:
        name = f"{names.tensors.get(item.name, make_valid_name(item.name))}Output"
        yield PredictedLayer(name, "", "helper", release.naming.confidence, source)


def _computing(view: GraphView, names: ImportedNames, release: Release) -> Iterator[PredictedLayer]:
    number = FIRST_NUMBER
    for run in _runs(view, names, release):
        if run[0].kind == "custom":
            yield _custom(run, number)
            number += 1
        else:
            yield run[0]


def _runs(view: GraphView, names: ImportedNames, release: Release) -> Iterator[list[PredictedLayer]]:
    """Each layer alone, but custom ones with those behind them that read from them.

    Only neighbours in the file's order are taken together: such a group can never need what a layer outside computes
    from its own values.
    """
    run: list[PredictedLayer] = []
    values: set[str] = set()
    for node, name in zip(view.graph.node, names.layers, strict=True):
        if node.op_type == "Constant":
            continue
        layer = _layer(node, name, rule_of(node, view, release))
        if not (run and run[0].kind == layer.kind == "custom" and values.intersection(node.input)):
            if run:
                yield run
            run, values = [], set()
        run.append(layer)
        values.update(output for output in node.output if output)
    if run:
        yield run


def _layer(node: NodeProto, name: str, rule: OperatorRule) -> PredictedLayer:
    note = "" if node.name else "the node has no name: what MATLAB calls it then is not established"
    return PredictedLayer(
        name, rule.layer, rule.kind, rule.confidence, rule.source, (label(node),), (node.op_type,), note
    )


def _custom(run: Sequence[PredictedLayer], number: int) -> PredictedLayer:
    """One generated layer, called after its class: `<FirstOp>_To_<LastOp>Layer<1000+n>`."""
    first, last = run[0].operators[0], run[-1].operators[0]
    name = f"{first}Layer{number}" if len(run) == 1 else f"{first}_To_{last}Layer{number}"
    return replace(
        run[0],
        name=name,
        matlab_class=name,
        confidence=min((layer.confidence for layer in run), key=_CONFIDENCES.index),
        source="; ".join(dict.fromkeys(layer.source for layer in run)),
        nodes=tuple(node for layer in run for node in layer.nodes),
        operators=tuple(operator for layer in run for operator in layer.operators),
        note="" if len(run) == 1 else _GROUPED,
    )

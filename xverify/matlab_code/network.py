"""From the steps of weights.mat to the layers of a MATLAB network, or to the steps that stand in the way."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from xverify.bundle.manifest import Input, Manifest
from xverify.bundle.weights import Operation, StoredParameter
from xverify.matlab_code import elementwise, expression
from xverify.matlab_code.activations import ACTIVATIONS
from xverify.matlab_code.elementwise import FORMULAS
from xverify.matlab_code.expression import Expression
from xverify.matlab_code.literals import number, row, text
from xverify.matlab_code.step import CodeLayer, Step, UnsupportedStepError, Written
from xverify.matlab_code.table import ELSEWHERE, WRITERS
from xverify.matlab_code.value import LABELS, Operand, Shape

_JOINS = {"Add": "additionLayer", "Mul": "multiplicationLayer"}
_RECURRENT = {"lstmLayer", "bilstmLayer", "gruLayer"}


@dataclass(frozen=True)
class Blocker:
    """A step that no layer of the toolbox does."""

    layer: str
    operation: str
    reason: str


@dataclass
class CodeNetwork:
    """The network as MATLAB code will build it.

    Attributes:
        layers: In the order of execution, inputs first.
        values: Id of an input or layer -> its value; a layer without a value of its own in MATLAB is absent.
        outputs: Names of the MATLAB layers that are outputs, in the model's order.
        blockers: What stands in the way; if there is anything, the layers are not the whole network.
    """

    layers: list[CodeLayer] = field(default_factory=list)
    values: dict[str, Operand] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    blockers: list[Blocker] = field(default_factory=list)


def plan(manifest: Manifest, graph: Sequence[Operation], parameters: Sequence[StoredParameter]) -> CodeNetwork:
    """The layers that do what the steps do.

    Args:
        manifest: Inputs, outputs and the shapes of layers.
        graph: The steps.
        parameters: Those of weights.mat.
    """
    return _Planner(manifest, graph, {item.key: item for item in parameters}).run()


class _Planner:
    def __init__(self, manifest: Manifest, graph: Sequence[Operation], stored: Mapping[str, StoredParameter]) -> None:
        self.manifest, self.graph, self.stored = manifest, graph, stored
        self.result = CodeNetwork()
        self.known: dict[str, Expression] = {}
        self.shapes: dict[str, Shape] = {layer.id: layer.shape for layer in manifest.layers}
        aliases = {layer.id: layer.alias_of for layer in manifest.layers if layer.alias_of}
        self.outputs = [aliases.get(output.layer, output.layer) for output in manifest.outputs]
        self.readers: dict[str, list[Operation]] = {}
        for step in graph:
            for name in step.inputs:
                self.readers.setdefault(name, []).append(step)
        self.taken = {layer.id for layer in manifest.layers} | {item.id for item in manifest.inputs}
        self.lost: set[str] = set()
        """Values behind a blocker: what reads them is not blamed for it."""

    def run(self) -> CodeNetwork:
        for item in self.manifest.inputs:
            self._try_input(item)
        for step in self.graph:
            self._try_step(step)
        self._require_length()
        found = [self.result.values.get(name) for name in self.outputs]
        self.result.outputs = [value.layer for value in found if value is not None]
        for name, value in zip(self.outputs, found, strict=True):
            if value is None and name not in self.lost:
                self._block(name, "output", "it is a constant, or an input that no layer reads")
        return self.result

    def _require_length(self) -> None:
        """A dlnetwork tries its layers on its shortest sequence: it must be as long as the layers need it."""
        if not any(layer.whole_time for layer in self.result.layers):
            return
        for place, layer in enumerate(self.result.layers):
            if layer.function == "sequenceInputLayer" and not any("MinLength" in item for item in layer.arguments):
                length = _min_length(self.result.values[layer.name])
                self.result.layers[place] = replace(layer, arguments=(*layer.arguments, length))

    def _try_input(self, item: Input) -> None:
        try:
            layer, value = _input_layer(item, self._labels_of(item))
        except UnsupportedStepError as error:
            self._block(item.id, "input", str(error))
            self.lost.add(item.id)
            return
        self.result.layers.append(layer)
        self._know(item.id, expression.of(value))

    def _labels_of(self, item: Input) -> str:
        """What the input's axes mean; where the manifest does not say, what its readers take them for."""
        if item.dims:
            return LABELS.get(item.dims, "")
        pending = list(self.readers.get(item.id, []))
        while pending:
            step = pending.pop(0)
            if step.op in _RECURRENT:
                return "BTC" if step.attributes.get("batch_first") else "TBC"
            if step.op in {"fullyConnectedLayer", "layerNormalizationLayer"} and len(item.shape) == 3:
                return "BTC"
            if step.op in FORMULAS or step.op in ACTIVATIONS:
                pending += [reader for name in step.outputs for reader in self.readers.get(name, [])]
        return ""

    def _try_step(self, step: Operation) -> None:
        if self.lost.intersection(step.inputs):
            self.lost.update(step.outputs)
            return
        try:
            if unknown := [name for name in step.inputs if name not in self.known]:
                raise UnsupportedStepError(f"it reads {', '.join(unknown)}, which no step makes")
            self._step(step)
        except UnsupportedStepError as error:
            self._block(self._layer_of(step), step.op, str(error))
            self.lost.update(step.outputs)

    def _layer_of(self, step: Operation) -> str:
        """The layer that a step belongs to: for an inner step the next one that its value leads to."""
        while not step.layer and self.readers.get(step.outputs[0]):
            step = self.readers[step.outputs[0]][0]
        return step.layer or step.outputs[0]

    def _block(self, layer: str, operation: str, reason: str) -> None:
        self.result.blockers.append(Blocker(layer, operation, reason))

    def _step(self, operation: Operation) -> None:
        name = operation.layer or self._fresh(operation.outputs[0])
        if operation.op in _JOINS and self._joins(operation):
            operation = Operation(_JOINS[operation.op], operation.layer, operation.inputs, operation.outputs)
        if operation.op in FORMULAS:
            self._formula(operation, name)
            return
        if operation.op in ELSEWHERE or operation.op not in WRITERS:
            raise UnsupportedStepError(ELSEWHERE.get(operation.op, "there is no such layer in Deep Learning Toolbox"))
        step = Step(
            operation,
            name,
            [self._finished(item) for item in operation.inputs],
            self.shapes,
            self.stored,
            self._columns(operation.outputs[0]),
            self._fresh,
        )
        self._take(WRITERS[operation.op](step))

    def _take(self, written: Written) -> None:
        self.result.layers += written.layers
        for name, value in written.values.items():
            self._know(name, expression.of(value))

    def _know(self, name: str, item: Expression) -> None:
        self.known[name] = item
        if elementwise.is_value(item):
            self.result.values[name] = item.operands[0]

    def _formula(self, operation: Operation, name: str) -> None:
        """An inner step stays a formula until a layer needs it."""
        step = Step(operation, name, [], self.shapes, self.stored)
        items = self._operands(step)
        if not any(item.operands for item in items):
            raise UnsupportedStepError("it does not depend on the input")
        item = elementwise.formula(step, items)
        if operation.layer:
            self.result.layers.append(elementwise.function_layer(name, item))
            item = expression.of(elementwise.result(name, item))
        self._know(operation.outputs[0], item)

    def _operands(self, step: Step) -> list[Expression]:
        """Values and constants in the operator's order; a constant takes its axes from a value beside it."""
        values = [self.known[name] for name in step.operation.inputs]
        like = next((item.operands[0] for item in values if item.operands), None)
        if step.operation.op == "Clip":  # its bounds are no operands of the formula
            return values
        items, remaining = [], iter(values)
        for place, source in enumerate(step.operation.input_order or ["value"] * len(values)):
            if source == "value":
                items.append(next(remaining))
            elif source:
                items.append(elementwise.constant_operand(step, source, like, f"c{place + 1}_{step.name}"))
        return items

    def _joins(self, operation: Operation) -> bool:
        """Whether a sum or product is one of two finished values that MATLAB's layer takes."""
        items = [self.known[name] for name in operation.inputs]
        if len(items) != 2 or not all(elementwise.is_value(item) for item in items) or not operation.layer:
            return False
        first, second = items[0].operands[0], items[1].operands[0]
        alike = first.labels == second.labels and not first.flattened and not second.flattened
        return alike and (operation.op == "Mul" or first.shape == second.shape)

    def _finished(self, name: str) -> Operand:
        """The value as a layer's output; a formula gets a layer of its own."""
        item = self.known[name]
        if not elementwise.is_value(item):
            layer = self._fresh(name)
            self.result.layers.append(elementwise.function_layer(layer, item))
            item = self.known[name] = expression.of(elementwise.result(layer, item))
        return item.operands[0]

    def _columns(self, name: str) -> bool:
        """Whether a Flatten's result is read by fully connected layers alone, maybe through layers that act elementwise."""
        readers = self.readers.get(name, [])
        if not readers or name in self.outputs:
            return False
        return all(
            reader.op == "fullyConnectedLayer" or (self._keeps_order(reader) and self._columns(reader.outputs[0]))
            for reader in readers
        )

    def _keeps_order(self, step: Operation) -> bool:
        if step.op in ACTIVATIONS:
            return True
        numbers = all(self.stored[key].array.size == 1 for key in step.parameters.values())
        return step.op in FORMULAS and step.op != "LogSoftmax" and len(step.inputs) == 1 and numbers

    def _fresh(self, wanted: str) -> str:
        """A name that nothing else has."""
        clean = re.sub(r"[^A-Za-z0-9_]", "_", wanted)
        clean = clean if clean[:1].isalpha() else f"n{clean}"
        return next(name for name in _numbered(clean) if self._take_name(name))

    def _take_name(self, name: str) -> bool:
        if name in self.taken:
            return False
        self.taken.add(name)
        return True


def _min_length(value: Operand) -> str:
    return f"'MinLength', {value.size('T')[0]}"


def _numbered(name: str) -> Iterator[str]:
    yield name
    count = 1
    while True:
        count += 1
        yield f"{name}_{count}"


def _input_layer(item: Input, labels: str) -> tuple[CodeLayer, Operand]:
    if item.dtype != "float32":
        raise UnsupportedStepError(f"it is {item.dtype}; MATLAB's input layers take single")
    value = Operand(item.id, labels, item.shape)
    functions = {
        "CB": "featureInputLayer",
        "CBT": "sequenceInputLayer",
        "SSCB": "imageInputLayer",
        "SSSCB": "image3dInputLayer",
    }
    if not labels or value.format not in functions:
        raise UnsupportedStepError("what its axes mean is not known: give the network images, features or sequences")
    size = row(value.size("SC")) if "S" in labels else number(value.size("C")[0])
    options = ["'Normalization', 'none'"]
    if labels == "BCT":  # convolutions and poolings over time need a minimum; a recurrent layer takes any length
        options.append(_min_length(value))
    layer = CodeLayer(item.id, functions[value.format], (size, f"'Name', {text(item.id)}", *options), ())
    return layer, value

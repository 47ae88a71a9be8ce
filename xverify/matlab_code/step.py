"""One step of the network as a writer sees it, and what a writer returns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.weights import Attribute, Operation, StoredParameter
from xverify.matlab_code.literals import number, text
from xverify.matlab_code.value import Operand, Shape


class UnsupportedStepError(Exception):
    """No layer of Deep Learning Toolbox does this step; the message says why. It never leaves the package."""


@dataclass(frozen=True)
class CodeLayer:
    """One layer in the generated code.

    Attributes:
        name: Its name in the MATLAB network.
        function: The constructor.
        arguments: Of the constructor, as code; 'Name' and its value come after the positional ones.
        inputs: Names of the layers that it reads, in order.
        setup: Statements that must stand before.
        since: The first release that has it, where that is later than R2021b.
        comment: A line above it.
        whole_time: Whether it works on sequences of the exported length alone, or longer ones.
    """

    name: str
    function: str
    arguments: tuple[str, ...]
    inputs: tuple[str, ...]
    setup: tuple[str, ...] = ()
    since: str = ""
    comment: str = ""
    whole_time: bool = False


@dataclass(frozen=True)
class Written:
    """What a step became: layers, in order, and the value of each of its outputs."""

    layers: tuple[CodeLayer, ...]
    values: Mapping[str, Operand]


@dataclass(frozen=True)
class Step:
    """One step with everything that a writer asks for.

    Attributes:
        operation: The step of weights.mat.
        name: The name of its (last) layer.
        inputs: The values that it reads.
        shapes: PyTorch's shapes of its outputs, where the manifest has them.
        stored: The parameters by key.
        columns: Whether its result, a Flatten's, is read through fully connected layers alone.
        fresh: Makes a name that no layer has.
    """

    operation: Operation
    name: str
    inputs: Sequence[Operand]
    shapes: Mapping[str, Shape]
    stored: Mapping[str, StoredParameter]
    columns: bool = False
    fresh: Callable[[str], str] = field(default=str)

    @property
    def data(self) -> Operand:
        """The only value that the step reads.

        Raises:
            UnsupportedStepError: It reads several, as an LSTM with an initial state does.
        """
        if len(self.inputs) != 1:
            raise UnsupportedStepError(f"it reads {len(self.inputs)} values")
        return self.inputs[0]

    @property
    def output(self) -> str:
        """The name of its first output."""
        return self.operation.outputs[0]

    @property
    def shape(self) -> Shape:
        """PyTorch's shape of its first output."""
        if self.output not in self.shapes:
            raise UnsupportedStepError("the shape of its result is not recorded")
        return self.shapes[self.output]

    def attribute(self, name: str, default: Attribute | None = None) -> Attribute | None:
        """A setting, or its default; an empty list counts as absent, as in weights.mat."""
        value = self.operation.attributes.get(name, default)
        return default if isinstance(value, Sequence) and not isinstance(value, str) and not value else value

    def scalar(self, name: str, default: float) -> float:
        """A setting that is one number."""
        value = self.attribute(name, default)
        if not isinstance(value, (int, float)):
            raise UnsupportedStepError(f"{name} is no number")
        return float(value)

    def numbers(self, name: str, operand: str = "") -> list[float] | None:
        """A setting that is a list of numbers, or the constant operand that newer operator sets have instead."""
        if operand and self.has(operand):
            return [float(value) for value in self.array(operand).ravel()]
        value = self.attribute(name)
        if value is None or isinstance(value, str):
            return None
        return [float(value)] if isinstance(value, (int, float)) else [float(item) for item in value]

    def sizes(self, name: str, default: float | Sequence[float], count: int) -> list[int]:
        """A setting of one whole number a spatial axis, in PyTorch's order."""
        value = self.attribute(name, default)
        if isinstance(value, str) or value is None:
            raise UnsupportedStepError(f"{name} is {value}")
        items = [value] * count if isinstance(value, (int, float)) else list(value)
        items = items * count if len(items) == 1 else items
        if len(items) != count or any(item != int(item) for item in items):
            raise UnsupportedStepError(f"{name} is {items}")
        return [int(item) for item in items]

    def has(self, property_: str) -> bool:
        """Whether the step has a parameter."""
        return property_ in self.operation.parameters

    def array(self, property_: str) -> NDArray[np.generic]:
        """A parameter in MATLAB's layout."""
        return self.stored[self.operation.parameters[property_]].array

    def code(self, property_: str) -> str:
        """A parameter as an expression of the generated code."""
        return f"w.{self.operation.parameters[property_]}.value"

    def require_labels(self, labels: str) -> Operand:
        """The step's value, if its axes mean this."""
        if self.data.labels != labels:
            raise UnsupportedStepError(f"its input has the axes {self.data.labels}, not {labels}")
        return self.ordered(self.data)

    def ordered(self, value: Operand) -> Operand:
        """The value, if its elements stand in PyTorch's order."""
        if value.flattened:
            raise UnsupportedStepError("it reads a flattened value, whose order is not PyTorch's")
        return value

    def layer(
        self,
        function: str,
        positional: Sequence[str] = (),
        options: Sequence[tuple[str, str]] = (),
        *,
        since: str = "",
        comment: str = "",
        setup: Sequence[str] = (),
        whole_time: bool = False,
    ) -> CodeLayer:
        """A layer with the step's name that reads the step's values."""
        arguments = (*positional, f"'Name', {text(self.name)}", *(f"'{name}', {value}" for name, value in options))
        inputs = tuple(value.layer for value in self.inputs)
        return CodeLayer(self.name, function, arguments, inputs, tuple(setup), since, comment, whole_time)

    def becomes(self, layer: CodeLayer, labels: str, flattened: Shape = (), shape: Shape | None = None) -> Written:
        """The step is this layer, and its first output that layer's value."""
        value = Operand(layer.name, labels, self.shape if shape is None else shape, flattened)
        return Written((layer,), {self.output: value})

    def is_view_of(self, value: Operand, labels: str) -> Written:
        """The step needs no layer: MATLAB's array of `value` is its result too."""
        return Written((), {self.output: Operand(value.layer, labels, self.shape, value.flattened)})


Writer = Callable[[Step], Written]


def zeros(*sizes: int) -> str:
    """Code of an array of zeros."""
    return f"zeros({', '.join(number(size) for size in sizes)}, 'single')"


def ones(*sizes: int) -> str:
    """Code of an array of ones."""
    return f"ones({', '.join(number(size) for size in sizes)}, 'single')"

"""Which parameters an initializer of model.onnx comes from, read off the raw graph before it is folded.

Folding turns `Transpose(linear.weight)` into a nameless constant. The verdict on a parameter needs the name back, and the
chain of operations, so that the expected bytes can be computed again from the state_dict, independently of the exporter.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

Array = NDArray[Any]

_SHAPE_OPERATIONS = {"Shape", "Size"}
"""They read a value's shape alone: no parameter's value passes through them."""


@dataclass(frozen=True)
class Step:
    """One operation of a chain that computes a constant."""

    operation: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Origin:
    """Where an initializer comes from: the raw initializers behind it, and the recomputed value where the chain is simple."""

    sources: tuple[str, ...]
    derivation: str
    expected: Array | None


class Provenance:
    """The raw graph's constant computations, remembered before folding removes them."""

    def __init__(self, model: ir.Model) -> None:
        self._raw = set(model.graph.initializers)
        self._steps: dict[str, Step] = {}
        for node in model.graph:
            inputs = tuple(value.name or "" for value in node.inputs if value is not None)
            attributes = {name: item.value for name, item in node.attributes.items()}
            for output in node.outputs:
                if output.name:
                    self._steps[output.name] = Step(node.op_type, inputs, attributes)

    def origin(self, name: str, parameters: Mapping[str, Array]) -> Origin:
        """The origin of one initializer of the cleaned model.

        Args:
            name: The initializer's name.
            parameters: The state_dict, as arrays.
        """
        if name in parameters:
            return Origin((name,), "identical", parameters[name])
        sources = tuple(dict.fromkeys(leaf for leaf in self._leaves(name, set()) if leaf in parameters))
        if not sources:
            return Origin((), "constant", None)
        chain = self._chain(name)
        if chain is None:
            return Origin(sources, "folded", None)
        source, steps = chain
        expected = parameters[source]
        for perm in steps:
            expected = expected.transpose(perm)
        text = ", ".join(f"Transpose({','.join(map(str, perm))})" for perm in steps) or "identical"
        return Origin(sources, text, expected)

    def _leaves(self, name: str, seen: set[str]) -> Iterator[str]:
        if name in seen:
            return
        seen.add(name)
        if name in self._raw:
            yield name
        elif name in self._steps and self._steps[name].operation not in _SHAPE_OPERATIONS:
            for source in self._steps[name].inputs:
                yield from self._leaves(source, seen)

    def _chain(self, name: str) -> tuple[str, list[tuple[int, ...]]] | None:
        """The parameter and the transpositions, outermost last, if the value is a parameter transposed; else None."""
        steps: list[tuple[int, ...]] = []
        while name not in self._raw:
            step = self._steps.get(name)
            if step is None or step.operation not in {"Transpose", "Identity"}:
                return None
            if step.operation == "Transpose":
                if step.attributes.get("perm") is None:
                    return None
                steps.insert(0, tuple(int(axis) for axis in step.attributes["perm"]))
            name = step.inputs[0]
        return name, steps


def as_array(value: ir.Value) -> Array:
    """An initializer's value."""
    assert value.const_value is not None, value.name
    return np.asarray(value.const_value.numpy())

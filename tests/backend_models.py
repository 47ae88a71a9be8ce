"""The onnx package's own test models: small graphs of every operator, with inputs and expected outputs.

They come with the package, so that no test here judges a pass by a graph that its author made.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, numpy_helper
from onnx.backend.test.case.test_case import TestCase
from onnx.backend.test.loader import load_model_tests

Array = NDArray[Any]


@dataclass(frozen=True)
class BackendModel:
    """One model with its data sets."""

    name: str
    case: TestCase

    def model(self) -> ModelProto:
        """The model; a copy of its own."""
        if self.case.model is None:
            return onnx.load(Path(self.case.model_dir or "") / "model.onnx")
        copy = ModelProto()
        copy.CopyFrom(self.case.model)
        return copy

    def data_sets(self) -> Iterator[tuple[dict[str, Any], list[Any]]]:
        """Each set of inputs by name, with the outputs in order that the package expects."""
        model = self.model()
        weights = {item.name for item in model.graph.initializer}
        names = [item.name for item in model.graph.input if item.name not in weights]
        for given, expected in self._stored(len(names), len(model.graph.output)):
            yield dict(zip(names, given, strict=True)), expected

    def _stored(self, inputs: int, outputs: int) -> Iterator[tuple[list[Any], list[Any]]]:
        if self.case.data_sets is not None:
            yield from ((list(given), list(expected)) for given, expected in self.case.data_sets)
            return
        for folder in sorted(Path(self.case.model_dir or "").glob("test_data_set_*")):
            yield (
                [_array(folder / f"input_{index}.pb") for index in range(inputs)],
                [_array(folder / f"output_{index}.pb") for index in range(outputs)],
            )


def _array(path: Path) -> Array:
    tensor = TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return np.asarray(numpy_helper.to_array(tensor))


@cache
def backend_models(kind: str) -> dict[str, BackendModel]:
    """The package's models of a kind ('node', 'simple', 'pytorch-operator', 'pytorch-converted'), by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own examples divide by zero on purpose
        return {case.name: BackendModel(case.name, case) for case in load_model_tests(kind=kind)}

"""onnxruntime on a bundle's model.onnx, a batch at a time, with all optimisations: as a user would run it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.datasets.batches import in_batches
from xverify.datasets.stream import Part
from xverify.runtimes.answers import Answer
from xverify.runtimes.plain_model import PlainModel, onnxruntime_name


class OnnxAnswers:
    """The outputs of model.onnx, which is fed with the tensors that PyTorch is fed with.

    Args:
        bundle: A bundle with one input and one output.
        threads: Threads inside an operation; 0 leaves the choice to onnxruntime.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, bundle: Bundle, threads: int = 0) -> None:
        self._model = PlainModel(bundle.model_path, optimised=True, threads=threads)
        size = self._model.inputs[0].shape[0]
        self.batch = size if isinstance(size, int) else None
        """Samples that it takes at once; None: any number."""

    @property
    def name(self) -> str:
        """'onnxruntime' and its version."""
        return onnxruntime_name()

    def answers(self, parts: Iterator[Part]) -> Iterator[Answer]:
        """Runs each part; the last batch is filled up where the number is fixed."""
        for part in parts:
            yield Answer(part, in_batches(self.run, part.tensor, self.batch))

    def run(self, tensor: NDArray[np.float32]) -> NDArray[Any]:
        """The outputs for as many samples as the model takes."""
        return self._model.run({self._model.inputs[0].name: tensor})[0]

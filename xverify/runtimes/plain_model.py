"""Any ONNX file in onnxruntime: its outputs on given inputs. `convert` and `export` compare a file before and after the passes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from xverify.errors import XverifyError

Array = NDArray[Any]


class Port(NamedTuple):
    """An input or output as the file declares it; symbolic sizes are strings or None."""

    name: str
    dtype: str
    shape: tuple[int | str | None, ...]


class PlainModel:
    """An ONNX file, loaded by onnxruntime's CPU provider.

    Args:
        path: The file; external weights are found beside it.
        optimised: Whether onnxruntime may rewrite the graph, as it does for users.
        threads: Threads inside an operation; 0 leaves the choice to onnxruntime.

    Raises:
        XverifyError: onnxruntime refuses the file.
    """

    def __init__(self, path: Path, *, optimised: bool = False, threads: int = 0) -> None:
        onnxruntime.set_default_logger_severity(3)
        options = onnxruntime.SessionOptions()
        levels = onnxruntime.GraphOptimizationLevel
        options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimised else levels.ORT_DISABLE_ALL
        options.intra_op_num_threads = threads
        # Spinning threads slow torch two to three times where it lives in the same process.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if not optimised:
            options.add_session_config_entry("session.disable_prepacking", "1")
        self._path = path
        try:
            self._session = onnxruntime.InferenceSession(
                str(path.resolve()), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's exceptions share no base class
            raise self._refused(error) from error
        self.inputs = [_port(item) for item in self._session.get_inputs()]
        self.outputs = [_port(item) for item in self._session.get_outputs()]

    def run(self, feeds: Mapping[str, Array]) -> list[Array]:
        """The outputs in the file's order.

        Raises:
            XverifyError: onnxruntime cannot compute them.
        """
        try:
            values: list[Any] = self._session.run(None, dict(feeds))
        except Exception as error:
            raise self._refused(error) from error
        return [np.asarray(value) for value in values]

    def _refused(self, error: Exception) -> XverifyError:
        text = " ".join(str(error).split())
        return XverifyError(
            f"onnxruntime cannot run {self._path.name}: {text[:400]}",
            "The file is damaged, or holds something that onnxruntime does not know.",
        )


def onnxruntime_name() -> str:
    """'onnxruntime' and its version."""
    return f"onnxruntime {onnxruntime.__version__}"


_ELEMENTS = {
    "float": "float32", "double": "float64", "float16": "float16", "bool": "bool",
    "int8": "int8", "int16": "int16", "int32": "int32", "int64": "int64",
    "uint8": "uint8", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64",
}  # fmt: skip
"""onnxruntime's name of an element type, as in 'tensor(float)' -> numpy's."""


def _port(item: Any) -> Port:
    kind = str(item.type).removeprefix("tensor(").removesuffix(")")
    return Port(item.name, _ELEMENTS.get(kind, str(item.type)), tuple(item.shape))

"""onnxruntime: runs model.onnx three ways without copying its weights.

Local errors (one run of a derived graph), every layer (optimisations off), and the model's outputs with all optimisations
on, as a user would run it.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Input, Layer
from xverify.bundle.onnxfile import OnnxFile
from xverify.errors import XverifyError
from xverify.runtimes.derived_graph import FEED_PREFIX, Tensor, derive
from xverify.runtimes.runtime import Activation

Array = NDArray[Any]


class OnnxRuntime:
    """The onnxruntime CPU provider on a bundle's model.onnx.

    Args:
        threads: Threads inside an operation; 0 leaves the choice to onnxruntime.
    """

    def __init__(self, threads: int = 0) -> None:
        import onnxruntime

        self._ort = onnxruntime
        self.threads = threads
        onnxruntime.set_default_logger_severity(3)  # warnings about unused initializers would come between our lines

    @property
    def name(self) -> str:
        """'onnxruntime' and its version."""
        return f"onnxruntime {self._ort.__version__}"

    @property
    def environment(self) -> dict[str, str]:
        """Version, provider and threads."""
        return {
            "onnxruntime": self._ort.__version__,
            "provider": "CPUExecutionProvider",
            "threads": str(self.threads) if self.threads else "default",
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """Nothing to say beside the verdict."""
        return ()

    @property
    def reads_model(self) -> bool:
        """It runs model.onnx itself."""
        return True

    def local(self, bundle: Bundle, references: dict[str, Array]) -> Iterator[Activation] | None:
        """Every layer from recorded inputs.

        Args:
            bundle: The bundle.
            references: Layer id -> PyTorch's value, of every layer that a node reads.
        """
        layers = _present(bundle)
        tensors = {layer.onnx_tensor: _tensor(layer) for layer in layers}
        with OnnxFile(_model_file(bundle)) as model:
            read = {name for node in model.nodes for name in node.inputs}
            feeds = {name: tensor for name, tensor in tensors.items() if name in read}
            data = derive(model, outputs=tensors.values(), feeds=feeds)
        values = _input_feeds(bundle) | {
            FEED_PREFIX + layer.onnx_tensor: references[layer.id] for layer in layers if layer.onnx_tensor in feeds
        }
        return self._run(bundle, data, values, layers)

    def accumulated(self, bundle: Bundle) -> Iterator[Activation] | None:
        """Every layer of one whole run, optimisations off."""
        layers = _present(bundle)
        with OnnxFile(_model_file(bundle)) as model:
            data = derive(model, outputs=[_tensor(layer) for layer in layers])
        return self._run(bundle, data, _input_feeds(bundle), layers)

    def optimised(self, bundle: Bundle) -> Iterator[Activation] | None:
        """The model's outputs with all optimisations on."""
        made = [bundle.layers[output.layer] for output in bundle.manifest.outputs if output.layer in bundle.layers]
        wanted = {bundle.survivor(layer).id for layer in made}
        layers = [layer for layer in _present(bundle) if layer.id in wanted]
        with OnnxFile(_model_file(bundle)) as model:
            data = derive(model, outputs=[_tensor(layer) for layer in layers])
        return self._run(bundle, data, _input_feeds(bundle), layers, optimised=True)

    def _run(
        self, bundle: Bundle, data: bytes, feeds: dict[str, Array], layers: Sequence[Layer], *, optimised: bool = False
    ) -> Iterator[Activation]:
        values = self._values(bundle, data, feeds, [layer.onnx_tensor for layer in layers], optimised=optimised)
        feeds.clear()
        values.reverse()
        for layer in layers:
            yield Activation(layer.id, values.pop())  # popped: the reader's copy is then the only one

    def _values(
        self, bundle: Bundle, data: bytes, feeds: dict[str, Array], names: list[str], *, optimised: bool
    ) -> list[Array]:
        session = self._session(bundle, data, optimised=optimised)
        values: list[Array] = _explained(bundle, lambda: session.run(names, feeds))
        return values

    def _session(self, bundle: Bundle, data: bytes, *, optimised: bool) -> Any:
        options = self._ort.SessionOptions()
        levels = self._ort.GraphOptimizationLevel
        options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimised else levels.ORT_DISABLE_ALL
        options.intra_op_num_threads = self.threads
        # Spinning threads slow torch two to three times where it lives in the same process.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if not optimised:
            # Prepacking copies every weight; for a single run that costs more than it gains.
            options.add_session_config_entry("session.disable_prepacking", "1")
        # The derived model never touches the disk; its weights are found in the bundle, which may be read-only.
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", _folder(bundle))
        return _explained(bundle, lambda: self._ort.InferenceSession(data, options, providers=["CPUExecutionProvider"]))


def _model_file(bundle: Bundle) -> Path:
    """model.onnx itself: onnxruntime refuses weights behind a symlink, as data version control makes them."""
    return bundle.model_path.resolve()


def _folder(bundle: Bundle) -> str:
    folder = str(_model_file(bundle).parent)
    if folder.encode("utf-8", "replace").decode("utf-8") != folder:
        raise XverifyError(f"onnxruntime cannot read {folder}: the path is no UTF-8.", "Rename or move the bundle.")
    return folder


def _present(bundle: Bundle) -> list[Layer]:
    return [layer for layer in bundle.manifest.layers if layer.onnx_tensor and not layer.alias_of]


def _tensor(value: Layer | Input) -> Tensor:
    return Tensor(value.onnx_tensor, value.dtype, value.shape)


def _input_feeds(bundle: Bundle) -> dict[str, Array]:
    return {
        item.onnx_tensor: np.ascontiguousarray(bundle.reference(item))
        for item in bundle.manifest.inputs
        if item.onnx_tensor
    }


def _explained(bundle: Bundle, action: Callable[[], Any]) -> Any:
    """Runs `action`; onnxruntime's own exceptions become a message about the bundle's model."""
    try:
        return action()
    except Exception as error:
        if type(error).__module__.startswith("onnxruntime") or isinstance(
            error, ValueError
        ):  # the latter: a missing input
            text = " ".join(str(error).split())
            raise XverifyError(
                f"onnxruntime refuses {bundle.model_path}: {text[:400]}",
                "The model was changed after the export, or this onnxruntime is too old.",
            ) from error
        raise

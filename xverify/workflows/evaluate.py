"""Evaluates a trained network on the test images: a bundle in onnxruntime, a run's folder or a checkpoint in PyTorch.

Nothing is chosen here: whoever picks one of several networks does so by their held-out images, while they train.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import MANIFEST, Bundle, load_bundle
from xverify.errors import XverifyError
from xverify.training.data import DataSet, to_batch
from xverify.training.scores import SCHEMA_VERSION, Scores, score
from xverify.workflows.read_data import read_data

BATCH = 250


class TestData(msgspec.Struct, frozen=True, kw_only=True):
    """The images that were classified; the fingerprint is the sha256 of the whole data set, as in run.json."""

    source: str
    images: int
    image_size: tuple[int, int]
    fingerprint: str


class EvaluationReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `xverify evaluate --json` writes. Accuracies are shares from 0 to 1, intervals are 95% (Wilson)."""

    schema_version: int
    network: str
    runtime: str
    data: TestData
    scores: Scores


@dataclass(frozen=True)
class EvaluateRequest:
    """What to evaluate, on which data."""

    network: Path
    data: Path
    download: bool = False


@dataclass(frozen=True)
class _Judged:
    logits: NDArray[Any]
    runtime: str


def evaluate(request: EvaluateRequest) -> EvaluationReport:
    """Classifies every test image once.

    Raises:
        XverifyError: neither a bundle nor a run nor a checkpoint; data that cannot be read; or the two do not belong
            together: other classes, another image size.
    """
    if not request.network.exists():
        raise XverifyError(
            f"There is no {request.network}.", "Give a bundle, a folder of `xverify train`, or a weights file."
        )
    if (request.network / MANIFEST).is_file():
        bundle = load_bundle(request.network)
        data = read_data(request.data, download=request.download)
        judged = _in_onnxruntime(bundle, data)
    else:
        data, judged = _in_pytorch(request)
    return EvaluationReport(
        schema_version=SCHEMA_VERSION,
        network=str(request.network),
        runtime=judged.runtime,
        data=_described(data),
        scores=score(judged.logits, data.test.labels, data.classes),
    )


def _described(data: DataSet) -> TestData:
    height, width = data.test.pixels.shape[1:3]
    return TestData(source=data.source, images=len(data.test), image_size=(height, width), fingerprint=data.fingerprint)


def _require_classes(known: Sequence[str], data: DataSet, where: Path) -> None:
    """Names where both sides have them: two data sets may have equally many classes, in another order."""
    if known and tuple(known) != data.classes:
        raise XverifyError(
            f"{where} tells {_listed(known)} apart; the data have {_listed(data.classes)}.",
            "Evaluate on data with the same classes in the same order (of class folders: sorted by name).",
        )


def _listed(names: Sequence[str]) -> str:
    return f"{len(names)} classes ({', '.join(names[:5])}{', ...' if len(names) > 5 else ''})"


def _in_pytorch(request: EvaluateRequest) -> tuple[DataSet, _Judged]:
    import torch

    from xverify.models.trained_runs import build_checkpoint, build_run, is_run

    classes: Sequence[str] = ()
    if request.network.is_dir():
        if not is_run(request.network):
            raise XverifyError(
                f"{request.network} is neither a bundle nor a run: it has no {MANIFEST} and no run.json.",
                "Give a bundle, a folder of `xverify train`, or a weights file.",
            )
        run = build_run(request.network)
        built, classes = run.built, run.classes
    else:
        built = build_checkpoint(request.network)
    data = read_data(request.data, download=request.download)
    _require_classes(classes, data, request.network)
    model, device = built.model.eval(), torch.device("cpu")
    with torch.inference_mode():
        logits = [model(to_batch(pixels, device)).numpy() for pixels in _batches(data, BATCH)]
    return data, _Judged(np.concatenate(logits), f"PyTorch {torch.__version__}")


def _in_onnxruntime(bundle: Bundle, data: DataSet) -> _Judged:
    import onnxruntime
    import torch

    _require_classes(bundle.manifest.model.classes, data, bundle.path)
    session = onnxruntime.InferenceSession(str(bundle.model_path.resolve()), providers=["CPUExecutionProvider"])
    batch = _batch_of(session, bundle, data)
    name = session.get_inputs()[0].name
    logits = []
    for pixels in _batches(data, batch):
        images = to_batch(pixels, torch.device("cpu")).contiguous().numpy()
        (result,) = session.run([session.get_outputs()[0].name], {name: _padded(images, batch)})
        logits.append(result[: len(images)])
    return _Judged(np.concatenate(logits), f"onnxruntime {onnxruntime.__version__}")


def _batch_of(session: Any, bundle: Bundle, data: DataSet) -> int:
    """How many images the model takes at once; one whose batch is free takes what we like."""
    inputs, size = session.get_inputs(), data.test.pixels.shape[1:3]
    shape = inputs[0].shape if len(inputs) == 1 else []
    if len(shape) != 4 or shape[1] != 3 or len(session.get_outputs()) != 1:
        raise XverifyError(
            f"{bundle.path} is no classifier of colour images: its inputs are {[item.shape for item in inputs]}.",
            "`evaluate` needs one input (N, 3, H, W) and one output (N, classes).",
        )
    if tuple(shape[2:]) != size:
        raise XverifyError(
            f"{bundle.path} takes images of {shape[3]} x {shape[2]} pixels; the data's are {size[1]} x {size[0]}.",
            f"Export the network for them: xverify export ... --input {shape[0]}x3x{size[0]}x{size[1]}",
        )
    return shape[0] if isinstance(shape[0], int) else BATCH


def _batches(data: DataSet, size: int) -> Iterator[NDArray[np.uint8]]:
    for start in range(0, len(data.test), size):
        yield data.test.pixels[start : start + size]


def _padded(images: NDArray[Any], batch: int) -> NDArray[Any]:
    """The last batch, filled up with copies of its first image: a bundle's batch is fixed when it is exported."""
    return np.concatenate([images, np.repeat(images[:1], batch - len(images), axis=0)])

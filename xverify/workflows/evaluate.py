"""Evaluates a trained network on the test images: a bundle in onnxruntime, a run's folder or a checkpoint in PyTorch.

Nothing is chosen here: whoever picks one of several networks does so by their held-out images, while they train.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import MANIFEST, load_bundle
from xverify.bundle.manifest import Preprocessing
from xverify.datasets.open_data import open_data
from xverify.datasets.preprocessor import Preprocessor
from xverify.datasets.source import UNKNOWN, Source
from xverify.datasets.stream import part_size, parts
from xverify.errors import XverifyError
from xverify.training.data import DataSet, to_batch
from xverify.training.scores import SCHEMA_VERSION, Scores, score
from xverify.workflows.classifier import as_classifier, class_names, require_fit
from xverify.workflows.read_data import read_data

BATCH = 250

SCALED = Preprocessing("RGB", (0.5,) * 3, (0.5,) * 3)
"""What `xverify train` does to images, and what a bundle that says nothing gets."""

ASSUMED = "the bundle does not say how images are prepared: they were scaled to [-1, 1], as `xverify train` does (`export --normalize`)"


class TestData(msgspec.Struct, frozen=True, kw_only=True):
    """The images that were classified.

    The fingerprint is a sha256: of a run or a checkpoint that of the whole data set, as in run.json; of a bundle that of the test
    images, their names and labels.
    """

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
    notes: tuple[str, ...] = ()
    """What was assumed."""


@dataclass(frozen=True)
class EvaluateRequest:
    """What to evaluate, on which data."""

    network: Path
    data: Path
    download: bool = False


@dataclass(frozen=True)
class _Judged:
    logits: NDArray[Any]
    labels: NDArray[np.int64]
    classes: Sequence[str]
    runtime: str
    notes: tuple[str, ...] = ()


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
        data, judged = _in_onnxruntime(request)
    else:
        data, judged = _in_pytorch(request)
    return EvaluationReport(
        schema_version=SCHEMA_VERSION,
        network=str(request.network),
        runtime=judged.runtime,
        data=data,
        scores=score(judged.logits, judged.labels, judged.classes),
        notes=judged.notes,
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


def _in_pytorch(request: EvaluateRequest) -> tuple[TestData, _Judged]:
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
    return _described(data), _Judged(
        np.concatenate(logits), data.test.labels, data.classes, f"PyTorch {torch.__version__}"
    )


def _in_onnxruntime(request: EvaluateRequest) -> tuple[TestData, _Judged]:
    """The test images as a stream, prepared as the bundle says; one that says nothing gets images scaled to [-1, 1]."""
    from xverify.runtimes.onnx_answers import OnnxAnswers

    bundle = load_bundle(request.network)
    network = as_classifier(bundle)
    preprocessing = bundle.manifest.preprocessing or SCALED
    require_fit(preprocessing, bundle.manifest.inputs[0].shape)
    if request.download:
        read_data(request.data, download=True)
    source = open_data(request.data, bundle.manifest.model.classes, network.outputs)
    classes = class_names(bundle, source.classes, network.outputs)
    _require_every_class(source, classes, request.data)
    model = OnnxAnswers(bundle)
    preprocessor = Preprocessor(preprocessing, network.shape[1:])
    size = part_size(network.shape, model.batch or 1)
    digest, logits = hashlib.sha256("\0".join(classes).encode()), []
    for answer in model.answers(parts(source, range(len(source.names)), preprocessor, size)):
        logits.append(answer.logits)
        for name, label, pixels in zip(answer.part.names, answer.part.labels, answer.part.pixels, strict=True):
            digest.update(f"{name}\0{label}\0{pixels.shape}".encode("utf-8", "surrogateescape"))
            digest.update(np.ascontiguousarray(pixels).data)
    data = TestData(
        source=source.kind, images=len(source.names), image_size=network.shape[1:], fingerprint=digest.hexdigest()
    )
    notes = () if bundle.manifest.preprocessing else (ASSUMED,)
    return data, _Judged(np.concatenate(logits), source.labels, classes, model.name, notes)


def _require_every_class(source: Source, classes: Sequence[str], where: Path) -> None:
    """An accuracy needs a label of every image, and that of a class an image."""
    counts = np.bincount(source.labels[source.labels != UNKNOWN], minlength=len(classes))
    if int(counts.sum()) < len(source.names):
        raise XverifyError(
            f"{len(source.names) - int(counts.sum())} of {len(source.names)} images in {where} have no label.",
            "Put each image into a folder with the name of its class. `xverify evaluate-parity` needs no labels.",
        )
    empty = [name for name, count in zip(classes, counts, strict=True) if not count]
    if empty:
        raise XverifyError(
            f"{where} has no image of {len(empty)} of {len(classes)} classes: {', '.join(empty[:5])}{', ...' if len(empty) > 5 else ''}.",
            "Evaluate on data with all classes. `xverify evaluate-parity` needs not all.",
        )


def _batches(data: DataSet, size: int) -> Iterator[NDArray[np.uint8]]:
    for start in range(0, len(data.test), size):
        yield data.test.pixels[start : start + size]

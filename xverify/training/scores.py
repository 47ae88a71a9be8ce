"""How well a classifier does on labelled images: top-1, each class, and which class is taken for which."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from xverify.errors import XverifyError
from xverify.training.intervals import Interval, wilson

SCHEMA_VERSION = 1


class ClassScore(msgspec.Struct, frozen=True, kw_only=True):
    """The images of one class. `accuracy` is the share of them that was recognised (the class's recall)."""

    name: str
    images: int
    correct: int
    accuracy: float
    interval: Interval


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Top-1 with its 95% interval, each class, and the confusion matrix: `confusion[i][j]` images of class i were called j."""

    images: int
    correct: int
    accuracy: float
    interval: Interval
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]


def score(logits: npt.NDArray[Any], labels: npt.NDArray[np.int64], classes: Sequence[str]) -> Scores:
    """Scores logits `(N, classes)` against labels `(N,)`.

    Raises:
        XverifyError: the network has another number of outputs than there are classes, or gives NaN or infinite logits.
    """
    if logits.ndim != 2 or logits.shape[1] != len(classes):
        raise XverifyError(
            f"The network gives outputs of shape {list(logits.shape[1:])}; the data have {len(classes)} classes.",
            "Evaluate on data with the classes that the network was trained on.",
        )
    bad = ~np.isfinite(logits).all(axis=1)
    if bad.any():
        raise XverifyError(
            f"The network gives NaN or infinite outputs for {int(bad.sum())} of {len(labels)} images.",
            "Its weights are damaged, or its training diverged.",
        )
    confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(confusion, (labels, logits.argmax(axis=1)), 1)
    return _scores(confusion, classes)


def _scores(confusion: npt.NDArray[np.int64], classes: Sequence[str]) -> Scores:
    correct, images = int(confusion.trace()), int(confusion.sum())
    return Scores(
        images=images,
        correct=correct,
        accuracy=correct / images,
        interval=wilson(correct, images),
        classes=tuple(
            _class_score(name, row, index) for index, (name, row) in enumerate(zip(classes, confusion, strict=True))
        ),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
    )


def _class_score(name: str, row: npt.NDArray[np.int64], index: int) -> ClassScore:
    correct, images = int(row[index]), int(row.sum())
    return ClassScore(
        name=name, images=images, correct=correct, accuracy=correct / images, interval=wilson(correct, images)
    )

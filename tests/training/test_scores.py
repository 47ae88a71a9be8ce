import io

import numpy as np
import pytest
from PIL import Image

from xverify.errors import XverifyError
from xverify.training.confusion import confusion_csv, confusion_plot
from xverify.training.intervals import wilson
from xverify.training.scores import Scores, score

CLASSES = ("cat", "dog", "frog")
LABELS = np.array([0, 0, 0, 1, 1, 2])
CALLED = [0, 0, 2, 1, 0, 2]


def some_scores() -> Scores:
    return score(np.eye(3)[CALLED], LABELS, CLASSES)


def test_counts_come_by_true_and_predicted_class() -> None:
    scores = some_scores()

    assert scores.confusion == ((2, 0, 1), (1, 1, 0), (0, 0, 1))
    assert (scores.images, scores.correct, scores.accuracy) == (6, 4, 4 / 6)
    assert [(item.name, item.images, item.correct) for item in scores.classes] == [
        ("cat", 3, 2),
        ("dog", 2, 1),
        ("frog", 1, 1),
    ]
    assert scores.interval == wilson(4, 6)


@pytest.mark.parametrize(
    ("correct", "images", "low", "high"),
    [(8098, 10_000, 0.80199, 0.81737), (10, 10, 0.72247, 1.0), (0, 10, 0.0, 0.27753), (1, 2, 0.09453, 0.90547)],
)
def test_wilson_intervals_are_those_of_the_literature(correct: int, images: int, low: float, high: float) -> None:
    """Values of R's prop.test without continuity correction."""
    interval = wilson(correct, images)

    assert [interval.low, interval.high] == pytest.approx([low, high], abs=2e-5)


def test_another_number_of_outputs_is_refused() -> None:
    with pytest.raises(XverifyError, match=r"outputs of shape \[4\]; the data have 3 classes"):
        score(np.eye(4)[CALLED], LABELS, CLASSES)


def test_nan_is_no_answer() -> None:
    logits = np.eye(3)[CALLED]
    logits[2, 1] = np.nan

    with pytest.raises(XverifyError, match="NaN or infinite outputs for 1 of 6 images"):
        score(logits, LABELS, CLASSES)


def test_the_table_names_both_sides() -> None:
    assert confusion_csv(some_scores()).decode().splitlines() == [
        "true \\ predicted,cat,dog,frog",
        "cat,2,0,1",
        "dog,1,1,0",
        "frog,0,0,1",
    ]


def test_the_picture_shows_the_counts() -> None:
    other = score(np.eye(3)[[0, 0, 1, 1, 0, 2]], LABELS, CLASSES)

    with Image.open(io.BytesIO(confusion_plot(some_scores()))) as drawn:
        assert drawn.format == "PNG"
        assert drawn.width > drawn.height > 400
    assert confusion_plot(some_scores()) != confusion_plot(other)

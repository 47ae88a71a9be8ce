"""The judge: what it counts, and where the line between a near tie and a real difference runs."""

import numpy as np
import pytest
from numpy.typing import NDArray

from xverify.parity.allowance import Allowance
from xverify.parity.judge import InputJudge, Judge

CLASSES = ("a", "b", "c", "d", "e", "f", "g")
ALLOWANCE = Allowance(tolerance=0.01, recorded=4.0)
UNKNOWN = -1


def judged(
    expected: NDArray[np.float32], actual: NDArray[np.float32], labels: list[int] | None = None, part: int = 100
) -> Judge:
    judge = Judge(ALLOWANCE, CLASSES)
    names = [f"s{number}" for number in range(len(expected))]
    known = np.array(labels if labels is not None else [UNKNOWN] * len(names))
    for start in range(0, len(names), part):
        here = slice(start, start + part)
        judge.add(names[here], known[here], expected[here], actual[here])
    return judge


def one(*values: float) -> NDArray[np.float32]:
    return np.array([[*values, *([-3.0] * (7 - len(values)))]], dtype=np.float32)


@pytest.mark.parametrize(
    ("expected", "actual", "status"),
    [
        ((2.0, 1.0), (2.009, 1.0), None),
        ((2.0, 1.0), (2.011, 1.0), "beyond the allowance"),
        ((2.0, 1.99), (1.991, 1.999), "near tie"),
        ((2.0, 1.99), (1.989, 2.0), "beyond the allowance"),
        ((2.0, 1.97), (1.97, 2.0), "other decision"),
        ((2.0, 1.0), (np.nan, 1.0), "not finite"),
        ((2.0, 1.0), (np.inf, 1.0), "not finite"),
        # Twice the recorded magnitude: twice the allowance.
        ((8.0, 1.0), (8.019, 1.0), None),
        ((8.0, 1.0), (8.021, 1.0), "beyond the allowance"),
        # A small sample has no less than was measured.
        ((0.2, 0.1), (0.209, 0.1), None),
    ],
)
def test_the_status_of_a_sample(expected: tuple[float, ...], actual: tuple[float, ...], status: str | None) -> None:
    judge = judged(one(*expected), one(*actual))

    assert [item.status for item in judge.differences] == ([status] if status else [])
    assert judge.passed == (status in {None, "near tie"})


def test_nan_is_no_decision_and_never_right() -> None:
    expected = np.concatenate([one(2.0, 1.0), one(1.0, 2.0)])
    nothing = np.full_like(expected, np.nan)
    for first, second in ((expected, nothing), (nothing, nothing)):
        judge = judged(first, second, [0, 1])

        accuracies = judge.accuracies()
        assert accuracies is not None
        assert accuracies.other.correct == 0
        assert (judge.agreement().top1, judge.agreement().other_decisions, judge.exchanges()) == (0, 2, ())
        assert [(item.status, item.other) for item in judge.differences] == [("not finite", "")] * 2
        assert not judge.passed


def test_nothing_compared_is_no_pass() -> None:
    assert not Judge(ALLOWANCE, CLASSES).passed


def test_the_counts_do_not_depend_on_the_parts() -> None:
    random = np.random.default_rng(5)
    expected = random.normal(size=(60, 7)).astype(np.float32)
    actual = (expected + random.normal(scale=0.2, size=(60, 7))).astype(np.float32)
    labels = [*random.integers(0, 6, 50).tolist(), *([UNKNOWN] * 10)]
    first, second = expected.argmax(axis=1), actual.argmax(axis=1)
    known = np.array(labels) >= 0
    right, other = (first == labels) & known, (second == labels) & known
    top5 = [set(np.argsort(-a)[:5]) == set(np.argsort(-b)[:5]) for a, b in zip(expected, actual, strict=True)]

    judge = judged(expected, actual, labels, part=7)

    agreement, accuracies = judge.agreement(), judge.accuracies()
    assert accuracies is not None
    assert (judge.compared, judge.labelled) == (60, 50)
    assert (agreement.top1, agreement.top5) == (int((first == second).sum()), sum(top5))
    assert 0 < agreement.top1 < 60
    assert (accuracies.reference.correct, accuracies.other.correct) == (int(right.sum()), int(other.sum()))
    assert accuracies.only_reference == int((right & ~other).sum())
    assert accuracies.only_other == int((other & ~right).sum())
    assert accuracies.only_reference + accuracies.only_other > 0
    logits, distances = judge.logits(), np.abs(actual.astype(np.float64) - expected)
    assert logits.largest_difference == distances.max()
    assert logits.largest_sample == f"s{distances.max(axis=1).argmax()}"
    assert logits.largest_class == CLASSES[int(distances[distances.max(axis=1).argmax()].argmax())]
    assert logits.rms_difference == pytest.approx(np.sqrt((distances**2).mean()), rel=1e-12)
    assert sum(item.samples for item in judge.exchanges()) == 60 - agreement.top1
    assert [item.name for item in judge.classes()] == list(CLASSES[:6])
    assert sum(item.reference_correct for item in judge.classes()) == accuracies.reference.correct
    assert judge.exchanges() == judged(expected, actual, labels).exchanges()


def test_five_classes_have_no_top_five() -> None:
    judge = Judge(ALLOWANCE, CLASSES[:5])
    judge.add(["s"], np.array([2]), np.eye(5, dtype=np.float32)[:1], np.eye(5, dtype=np.float32)[:1])
    assert judge.agreement().top5 is None


def test_inputs_are_measured_in_grey_levels() -> None:
    judge = InputJudge([1 / (255 * 0.5), 1 / (255 * 0.25)])
    assert judge.result() is None
    tensor = np.zeros((2, 4, 3), dtype=np.float32)
    changed = tensor.copy()
    changed[1, 2, 1] = 3 / (255 * 0.25)
    judge.add("same", tensor, tensor.copy())
    judge.add("apart", tensor, changed)

    result = judge.result()

    assert result is not None
    assert (result.compared, result.equal, result.largest_sample) == (2, 1, "apart")
    assert result.largest_steps == pytest.approx(3)

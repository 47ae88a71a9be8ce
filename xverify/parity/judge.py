"""Judges logits a part at a time, and keeps sums alone, besides the samples that differ."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.parity.allowance import Allowance
from xverify.parity.mcnemar import mcnemar
from xverify.parity.results import (
    Accuracies,
    Accuracy,
    Agreement,
    ClassAgreement,
    Difference,
    Exchange,
    Inputs,
    Logits,
    Status,
)
from xverify.training.intervals import wilson

Array = NDArray[Any]
_TOP = 5
_NONE = -2
"""No decision, where logits are NaN: neither a class nor an unknown label, and never equal to the other side's."""


class Judge:
    """Takes both sides' logits and says what they come to.

    Args:
        allowance: The rule of what a sample is allowed.
        classes: A name for each output.
    """

    def __init__(self, allowance: Allowance, classes: Sequence[str]) -> None:
        self._allowance, self._classes = allowance, classes
        count = len(classes)
        self.compared = 0
        self.differences: list[Difference] = []
        self._exchanged = np.zeros((count, count), dtype=np.int64) if count <= 2_000 else None
        self._top1 = self._top5 = 0
        self._largest, self._ratio = (-1.0, "", ""), (-1.0, "")
        self._squares, self._elements = 0.0, 0
        # A row a class: samples, agreed, PyTorch right, the other right, only PyTorch right, only the other right.
        self._by_class = np.zeros((count, 6), dtype=np.int64)

    def add(self, names: Sequence[str], labels: NDArray[np.int64], expected: Array, actual: Array) -> None:
        """Judges some samples.

        Args:
            names: Of the samples.
            labels: `(n,)`, -1 where unknown.
            expected: PyTorch's logits `(n, classes)`.
            actual: The other side's.
        """
        finite = np.asarray(np.isfinite(expected).all(axis=1) & np.isfinite(actual).all(axis=1))
        with np.errstate(invalid="ignore"):
            distances = np.abs(actual.astype(np.float64) - expected.astype(np.float64))
        worst = np.where(finite, distances.max(axis=1), np.nan)
        allowed = self._allowance.of(expected)
        first, second = _decisions(expected, _NONE), _decisions(actual, _NONE - 1)
        self._count(labels, first, second)
        if len(self._classes) > _TOP:
            self._top5 += int((_highest(expected) == _highest(actual)).all(axis=1).sum())
        self._measure(names, distances, worst, allowed, finite)
        listed = ~finite | (first != second) | ~(worst <= allowed)
        for index in np.flatnonzero(listed).tolist():
            self.differences.append(
                self._difference(
                    names[index], int(labels[index]), expected[index], actual[index], float(allowed[index])
                )
            )

    def _count(self, labels: NDArray[np.int64], first: Array, second: Array) -> None:
        self.compared += len(labels)
        equal = first == second
        self._top1 += int(equal.sum())
        if self._exchanged is not None:
            decided = (first >= 0) & (second >= 0)
            np.add.at(self._exchanged, (first[decided], second[decided]), 1)
        known = labels >= 0
        right, other_right = (first == labels)[known], (second == labels)[known]
        columns = [np.ones_like(right), equal[known], right, other_right, right & ~other_right, other_right & ~right]
        np.add.at(self._by_class, labels[known], np.stack(columns, axis=1).astype(np.int64))

    def _measure(self, names: Sequence[str], distances: Array, worst: Array, allowed: Array, finite: Array) -> None:
        if not finite.any():
            return
        self._squares += float((distances[finite] ** 2).sum())
        self._elements += int(distances[finite].size)
        row = int(np.nanargmax(worst))
        if worst[row] > self._largest[0]:
            self._largest = (float(worst[row]), names[row], self._classes[int(distances[row].argmax())])
        ratios = worst / allowed
        row = int(np.nanargmax(ratios))
        if ratios[row] > self._ratio[0]:
            self._ratio = (float(ratios[row]), names[row])

    def _difference(self, name: str, label: int, expected: Array, actual: Array, allowed: float) -> Difference:
        first, second = int(expected.argmax()), int(actual.argmax())
        decided = [not np.isnan(logits).any() for logits in (expected, actual)]
        margin = float(expected[first]) - float(expected[second])
        difference = float(np.abs(actual.astype(np.float64) - expected.astype(np.float64)).max())
        return Difference(
            sample=name,
            status=_status(margin, difference, allowed, decided_alike=first == second),
            label=self._classes[label] if label >= 0 else "",
            reference=self._classes[first] if decided[0] else "",
            other=self._classes[second] if decided[1] else "",
            margin=margin,
            other_margin=float(actual[second]) - float(actual[first]),
            difference=difference,
            allowed=allowed,
        )

    @property
    def labelled(self) -> int:
        """Samples with a known label."""
        return int(self._by_class[:, 0].sum())

    @property
    def passed(self) -> bool:
        """Whether all that was compared is as it should be; whether all was compared is the caller's to say."""
        return self.compared > 0 and all(item.status == "near tie" for item in self.differences)

    def agreement(self) -> Agreement:
        """The decisions."""
        statuses = [item.status for item in self.differences]
        return Agreement(
            top1=self._top1,
            top5=self._top5 if len(self._classes) > _TOP else None,
            near_ties=statuses.count("near tie"),
            other_decisions=self.compared - self._top1 - statuses.count("near tie"),
        )

    def accuracies(self) -> Accuracies | None:
        """Both sides against the labels; None without any."""
        labelled, _, right, other_right, only_first, only_second = (int(value) for value in self._by_class.sum(axis=0))
        if not labelled:
            return None
        first, second = (
            Accuracy(correct=correct, accuracy=correct / labelled, interval=wilson(correct, labelled))
            for correct in (right, other_right)
        )
        return Accuracies(
            reference=first,
            other=second,
            only_reference=only_first,
            only_other=only_second,
            p_value=mcnemar(only_first, only_second),
        )

    def logits(self) -> Logits:
        """The distances."""
        return Logits(
            largest_difference=max(self._largest[0], 0.0),
            largest_sample=self._largest[1],
            largest_class=self._largest[2],
            largest_ratio=max(self._ratio[0], 0.0),
            ratio_sample=self._ratio[1],
            rms_difference=(self._squares / max(self._elements, 1)) ** 0.5,
            beyond=sum(not item.difference <= item.allowed for item in self.differences if item.status != "not finite"),
            not_finite=sum(item.status == "not finite" for item in self.differences),
            tolerance=self._allowance.tolerance,
            recorded=self._allowance.recorded,
        )

    def classes(self) -> tuple[ClassAgreement, ...]:
        """A row for each class that has samples."""
        return tuple(
            ClassAgreement(name=name, samples=row[0], agreed=row[1], reference_correct=row[2], other_correct=row[3])
            for name, row in zip(self._classes, self._by_class.tolist(), strict=True)
            if row[0]
        )

    def exchanges(self) -> tuple[Exchange, ...]:
        """Which class is taken for which, between the two sides; the most frequent first."""
        if self._exchanged is None:
            return ()
        apart = self._exchanged.copy()
        np.fill_diagonal(apart, 0)
        found = sorted(np.argwhere(apart).tolist(), key=lambda pair: -int(apart[pair[0], pair[1]]))
        return tuple(
            Exchange(reference=self._classes[a], other=self._classes[b], samples=int(apart[a, b])) for a, b in found
        )


class InputJudge:
    """Compares the network's inputs as both sides prepared them.

    Args:
        step: What one grey level makes in the tensor, for each channel.
    """

    def __init__(self, step: Sequence[float]) -> None:
        self._step = np.abs(np.asarray(step)).reshape(-1, 1, 1)
        self._compared = self._equal = 0
        self._worst = (0.0, 0.0, "")

    def add(self, name: str, expected: Array, actual: Array) -> None:
        """One sample's tensors `(C, H, W)`."""
        self._compared += 1
        if np.array_equal(expected, actual):
            self._equal += 1
            return
        apart = np.abs(actual.astype(np.float64) - expected.astype(np.float64))
        apart = np.where(np.isnan(apart), np.inf, apart)
        if apart.max() > self._worst[0]:
            self._worst = (float(apart.max()), float((apart / self._step).max()), name)

    def result(self) -> Inputs | None:
        """What was found; None where nothing was compared."""
        if not self._compared:
            return None
        largest, steps, name = self._worst
        return Inputs(
            compared=self._compared,
            equal=self._equal,
            largest_difference=largest,
            largest_steps=steps,
            largest_sample=name,
        )


def _decisions(logits: Array, none: int) -> Array:
    """The class of each sample's highest logit; `none` where there is a NaN."""
    return np.where(np.isnan(logits).any(axis=1), none, logits.argmax(axis=1))


def _highest(logits: Array) -> Array:
    """The five highest classes of each sample, sorted by their place: a set."""
    return np.sort(np.argsort(-logits, axis=1, kind="stable")[:, :_TOP], axis=1)


def _status(margin: float, difference: float, allowed: float, *, decided_alike: bool) -> Status:
    if not np.isfinite(difference):
        return "not finite"
    if not decided_alike and margin > 2 * allowed:
        return "other decision"
    return "near tie" if difference <= allowed else "beyond the allowance"

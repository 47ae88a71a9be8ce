"""A comparison beside an older one: what is worse than there, and what was known.

A baseline lets a job pass with failures, so it must not hide more than it names. Only the same failure of the same layer is
known: as a fault of its own or inherited, in the same measures, for the same reason, no more than twice as far beyond what is
allowed (`known_failures.py`). Whatever was compared in the baseline must be compared now. What can still go unseen is said in the
notes (`baseline_notes.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from xverify.comparison.baseline_notes import hidden
from xverify.comparison.known_failures import keeps_from_passing, worse_in_layer
from xverify.comparison.results import (
    Comparison,
    Known,
    LayerResult,
    ParameterFinding,
    Regression,
    Regressions,
    Status,
)
from xverify.comparison.saved import other_problems, read_comparisons
from xverify.errors import XverifyError


@dataclass(frozen=True)
class Baseline:
    """The comparisons of an older JSON report, and the file's name."""

    name: str
    comparisons: tuple[Comparison, ...]

    def matching(self, against: str, model: str) -> Comparison:
        """The comparison of this model with this runtime, whatever the versions.

        Raises:
            XverifyError: The baseline has none, or several that cannot be told apart.
        """
        models = dict.fromkeys(item.model for item in self.comparisons)
        if model not in models:
            raise XverifyError(
                f"The baseline {self.name} is of '{', '.join(models)}', not of '{model}'.",
                "Give a baseline of this model: `xverify compare BUNDLE --json FILE` writes one.",
            )
        fitting = [c for c in self.comparisons if c.model == model and runtime_of(c.against) == runtime_of(against)]
        if len(fitting) > 1:
            fitting = [c for c in fitting if _before_version(c.against) == _before_version(against)]
        if len(fitting) != 1:
            there = ", ".join(f"'{item.against}'" for item in self.comparisons)
            what = "several comparisons" if fitting else "no comparison"
            raise XverifyError(
                f"The baseline {self.name} has {what} with '{against}'; it has {there}.",
                "Compare against the same runtimes as for the baseline, or write a new one with --json.",
            )
        return fitting[0]


def read_baseline(path: str | Path) -> Baseline:
    """Reads a baseline: what `xverify compare --json` wrote.

    Raises:
        XverifyError: See `read_comparisons`.
    """
    return Baseline(str(path), read_comparisons(path))


def runtime_of(against: str) -> tuple[str, str]:
    """What the other side was, without versions: ('', 'onnxruntime'), ('file', 'matlab').

    >>> runtime_of("GNU Octave 7.3.0"), runtime_of("run-12.mat (MATLAB R2024b)")
    (('', 'gnu octave'), ('file', 'matlab'))
    """
    file = re.fullmatch(r".+ \((.+)\)", against, re.DOTALL)
    words = [word for word in (file[1] if file else against).casefold().split() if not re.search(r"\d", word)]
    return "file" if file else "", " ".join(words)


def _before_version(against: str) -> str:
    """A file's name; of a runtime its name."""
    file, name = runtime_of(against)
    return against.rpartition(" (")[0] if file else name


def judge(comparison: Comparison, before: Comparison, name: str) -> Comparison:
    """The comparison with its `regressions`; one that has any did not pass. See `beside`."""
    found = beside(comparison, before, name)
    return msgspec.structs.replace(comparison, regressions=found, passed=comparison.passed and not found.found)


def beside(comparison: Comparison, before: Comparison, name: str) -> Regressions:
    """What is worse in a comparison than in an older one of the same model and runtime.

    Args:
        comparison: The comparison.
        before: The older one.
        name: What to call the older one.
    """
    old = {layer.id: layer for layer in before.layers}
    new = {layer.id for layer in comparison.layers}
    findings = [(layer, worse_in_layer(layer, old.get(layer.id), comparison, before)) for layer in comparison.layers]
    found = [item for _, item in findings if item is not None]
    found += [
        _gone(layer) for layer in before.layers if layer.id not in new and layer.status is not Status.NOT_COMPARED
    ]
    known = [_known(layer) for layer, item in findings if item is None and keeps_from_passing(layer)]
    improved = [
        layer.id
        for layer, item in findings
        if item is None
        and layer.status is Status.PASSED
        and layer.id in old
        and old[layer.id].status is not layer.status
    ]
    parameters, problems = list(_parameters(comparison, before)), list(_problems(comparison, before))
    everything = [*found, *parameters, *problems]
    if not (comparison.passed or known or everything):  # a failure that no rule above knows is no known one
        everything.append(Regression("", "problem", "it did not pass, and the baseline does not say why"))
    return Regressions(
        baseline=name,
        date=before.date,
        against=before.against,
        found=tuple(item for item in everything if isinstance(item, Regression)),
        known=(*known, *(item for item in everything if isinstance(item, Known))),
        improved=(*improved, *(item for item in everything if isinstance(item, str))),
        notes=tuple(hidden(comparison, before, [item.layer for item in known])),
    )


def _known(layer: LayerResult) -> Known:
    return Known(layer.id, layer.reason or layer.status.value)


def _gone(layer: LayerResult) -> Regression:
    return Regression(layer.id, "coverage lost", "was compared in the baseline; the network has no such layer now")


def _parameters(now: Comparison, before: Comparison) -> Iterator[Regression | Known | str]:
    if before.parameters.checked and not now.parameters.checked:
        yield Regression("", "coverage lost", f"parameters are not checked any more: {now.parameters.skipped}")
        return
    old = {finding.initializer: finding for finding in before.parameters.changed}
    for finding in now.parameters.changed:
        was = old.pop(finding.initializer, None)
        if was is None:
            there = "is right in the baseline" if before.parameters.checked else "was not checked in the baseline"
            yield Regression("", "changed parameter", f"{_named(finding)} {there}: {finding.problem}")
        elif was.problem != finding.problem:
            words = f"{_named(finding)} is changed otherwise: {finding.problem}; in the baseline {was.problem}"
            yield Regression("", "changed parameter", words)
        else:
            yield Known("", f"parameter {_named(finding)}: {finding.problem}")
    yield from map(_named, old.values() if now.parameters.checked else ())


def _named(finding: ParameterFinding) -> str:
    return ", ".join(finding.parameters) or finding.initializer


def _problems(now: Comparison, before: Comparison) -> Iterator[Regression | Known | str]:
    for problem in other_problems(now):
        if problem in before.problems:
            yield Known("", problem)
        else:
            yield Regression("", "problem", problem)
    yield from (problem for problem in other_problems(before) if problem not in now.problems)

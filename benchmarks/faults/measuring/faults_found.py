"""One fault: planted, compared and diagnosed, as a record."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planting.fault import Fault, find_fault
from planting.graph import FaultGraph
from planting.kinds.table import KINDS
from planting.places import PLACES, Planted

from measuring.rules import RULES, Watched
from xverify.bundle.bundle import Bundle
from xverify.comparison.compare import compare_bundle
from xverify.comparison.evidence import Evidence
from xverify.comparison.policy import Policy
from xverify.comparison.results import Cause, Comparison, Status
from xverify.diagnosis.diagnose import diagnose
from xverify.errors import XverifyError
from xverify.runtimes.onnxruntime import OnnxRuntime

ACTIVATIONS_ALONE = Policy(check_parameters=False)


@dataclass(frozen=True)
class Case:
    """One fault to plant. `number` tells several of one kind in one network apart."""

    network: str
    kind: str
    place: str
    seed: int
    number: int = 0

    @property
    def key(self) -> str:
        """The same for the same case."""
        return "|".join((self.network, str(self.seed), self.kind, self.place, str(self.number)))


def cases(
    networks: Iterator[str] | list[str], kinds: list[str], places: list[str], seeds: tuple[int, ...], each: int
) -> Iterator[Case]:
    """All cases, seed by seed, so that a limited run sees every network."""
    for seed in seeds:
        for network in networks:
            for number in range(each):
                for kind in kinds:
                    yield from (Case(network, kind, place, seed, number) for place in places)


def flagged_when_correct(bundle: Bundle) -> dict[str, Any]:
    """What the fixed rules flag in the network without a fault: in one with a fault that is no detection."""
    runtime = Watched(OnnxRuntime(threads=1))
    values = runtime.accumulated(bundle)
    assert values is not None
    for _ in values:
        pass
    return runtime.flagged.as_record()


def measure(case: Case, graph: FaultGraph, when_correct: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The case's record; with 'skipped' where the network has no layer for such a fault.

    Args:
        case: What to plant.
        graph: The network.
        when_correct: See `flagged_when_correct`.
        folder: For the faulty counterpart; it is gone at the end.
    """
    place = PLACES[case.place]
    fault = find_fault(graph, KINDS[case.kind], case.seed, case.number, place.suits)
    head = {"key": case.key, **vars(case)}
    if fault is None:
        return {**head, "skipped": "no layer can have it"}
    start = time.perf_counter()
    with place.plant(fault, folder) as planted:
        ready = time.perf_counter()
        found = _compared(fault, planted)
        ended = time.perf_counter()
    described = {"layer": fault.site.layer.id, "operation": fault.site.layer.operation, "effect": fault.effect}
    seconds = {"plant": ready - start, "compare": ended - ready}
    return {**head, **described, **found, "rules_when_correct": when_correct, "seconds": seconds}


def _compared(fault: Fault, planted: Planted) -> dict[str, Any]:
    runtime, evidence = Watched(planted.runtime), Evidence()
    try:
        comparison = compare_bundle(planted.bundle, runtime, ACTIVATIONS_ALONE, evidence)
    except XverifyError as error:
        if not fault.reshapes:
            raise
        everything = {name: {"layers": 1, "output": True} for name in RULES}
        return {
            "detected": True,
            "refused": error.message[:200],
            "first_right": False,
            "causes": [],
            "rules": everything,
        }
    start = time.perf_counter()
    causes = diagnose(planted.bundle, comparison, evidence) if comparison.faults else ()
    return {
        # Not by `problems`: model.onnx then has parameters that nothing reads, which only its author can see.
        "detected": any(layer.status is Status.FAILED for layer in comparison.layers),
        "alone": any(layer.local is not None for layer in comparison.layers),
        "first_fault": first_fault(comparison),
        "first_right": first_fault(comparison) in fault.touched,
        "others_blamed": len(set(comparison.faults) - fault.touched),
        "causes": [_described(cause, right_layer=cause.layer in fault.touched) for cause in causes],
        "diagnosis_seconds": time.perf_counter() - start,
        "rules": runtime.flagged.as_record(),
    }


def first_fault(comparison: Comparison) -> str | None:
    """The first layer that is wrong by itself; without local errors, that fails while nothing that it reads does."""
    return comparison.faults[0] if comparison.faults else None


def _described(cause: Cause, *, right_layer: bool) -> dict[str, Any]:
    return {
        "layer": cause.layer,
        "right_layer": right_layer,
        "kind": cause.kind,
        "confidence": str(cause.confidence),
        "explained": cause.explained,
        "alternatives": list(cause.alternatives),
        "statement": cause.statement,
    }

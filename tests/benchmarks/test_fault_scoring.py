"""benchmarks/faults' tables count what the records say."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "faults"))

from planting.kinds.table import KINDS
from scoring.accepted import ACCEPTED
from scoring.records import Scored, scored
from scoring.tables import alarm_tables, fault_tables


def record(effect: float = 0.5, **others: Any) -> dict[str, Any]:
    rules = {"max abs 1e-5": {"layers": 1, "output": False}}
    base = {"kind": "BatchNorm epsilon", "place": "model.onnx", "effect": effect, "detected": True, "first_right": True}
    correct = {"max abs 1e-5": {"layers": 0, "output": False}}
    return {**base, "causes": [], "rules": rules, "rules_when_correct": correct, **others}


def cause(
    kind: str, confidence: str = "certain", *, right_layer: bool = True, beside: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {"kind": kind, "confidence": confidence, "right_layer": right_layer, "alternatives": list(beside)}


def row(text: str, first: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in line.split("|")[1:-1]]


def test_every_kind_of_fault_says_which_causes_are_right() -> None:
    assert ACCEPTED.keys() == KINDS.keys()


def test_every_accepted_cause_is_one_that_the_documentation_lists() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "diagnosis.md").read_text(encoding="utf-8")
    accepted = {kind for kinds in ACCEPTED.values() for kind in kinds}
    assert accepted - set(re.findall(r"`([^`]+)`", page)) == set()


@pytest.mark.parametrize(
    ("effect", "decade"),
    [(float("inf"), "NaN or another shape"), (3.0, "1 and more"), (0.5, "1e-1"), (2e-5, "1e-5"), (1e-12, "1e-8")],
)
def test_decade_of_an_effect(effect: float, decade: str) -> None:
    assert Scored(record(effect)).decade == decade


def test_right_cause_and_wrong_cause() -> None:
    assert Scored(record(causes=[cause("epsilon")])).cause_right
    wrong = Scored(record(causes=[cause("dead output")]))
    assert not wrong.cause_right
    assert wrong.wrong_certain
    assert not Scored(record(causes=[cause("dead output", "likely")])).wrong_certain
    elsewhere = Scored(record(causes=[cause("epsilon", right_layer=False)]))
    assert not elsewhere.cause_right
    assert elsewhere.wrong_certain
    beside = Scored(record(causes=[cause("dead output", "likely", beside=("epsilon",))]))
    assert beside.named_beside
    assert not beside.cause_right


def test_detection_is_counted_by_decade_and_place() -> None:
    records = [record(0.5), record(0.2, detected=False), record(2e-4, place="activations")]
    detected = next(fault_tables(scored(records)))
    assert row(detected, "1e-1") == ["1e-1", "1/2 (50%)", "", "", "1/2 (50%)"]
    assert row(detected, "1e-4") == ["1e-4", "", "", "1/1 (100%)", "1/1 (100%)"]
    assert row(detected, "all")[-1] == "2/3 (67%)"


def test_rule_that_flags_the_correct_network_too_has_found_nothing() -> None:
    both = {"layers": 3, "output": True}
    found, alarm = (
        record(rules={"rule": both}, rules_when_correct={"rule": {"layers": 2, "output": False}}),
        record(rules={"rule": both}, rules_when_correct={"rule": both}),
    )
    rules = list(fault_tables(scored([found, alarm])))[-1]
    assert row(rules, "all") == ["all", "2/2 (100%)", "1/2 (50%)", "1/2 (50%)"]


def test_what_was_skipped_or_broke_does_not_count() -> None:
    assert scored([{"skipped": "no layer can have it"}, {"error": "it broke"}, record()]) == [Scored(record())]


def test_causes_are_counted_by_kind() -> None:
    records = [
        record(causes=[cause("epsilon")]),
        record(causes=[cause("dead output", "likely", beside=("epsilon",))]),
        record(causes=[cause("dead output")]),
        record(),
        record(detected=False),
        record(refused="it does not run"),
    ]
    text = "\n".join(fault_tables(scored(records)))
    assert row(text, "BatchNorm epsilon") == [
        "BatchNorm epsilon", "6", "5", "1 (25%)", "1", "1", "1", "1 (dead output 1)",
    ]  # fmt: skip


def test_share_is_never_rounded_to_all() -> None:
    records = [record() for _ in range(299)] + [record(detected=False)]
    assert row(next(fault_tables(scored(records))), "all")[-1] == "299/300 (99.7%)"


def test_false_alarms_are_counted_by_runtime() -> None:
    one = {
        "network": "a", "seed": 1, "variant": "Octave", "layers": 5, "compared": 4, "failed": ["x"], "problems": [],
        "worst_local": {"ratio": 1.5, "layer": "x"}, "worst_accumulated": {"ratio": 0.5, "layer": "y"},
        "rules": {"max abs 1e-5": {"layers": 2, "output": True}},
    }  # fmt: skip
    other = {**one, "network": "b", "failed": [], "worst_local": {"ratio": 0.1, "layer": "z"}}
    text = "\n".join(alarm_tables([one, other]))
    assert row(text, "Octave") == ["Octave", "2", "2", "10", "2", "1", "1.50", "0.50", "a `x`; a `y`"]
    assert row(text, "max abs 1e-5") == ["max abs 1e-5", "4", "2/2", "2/2"]
    assert row(text, "b") == ["b", "1", "5", "1", "0", "0.10", "0.50", "`z` (Octave); `y` (Octave)"]
    assert "Not measured" not in text


def test_what_was_not_measured_is_listed_with_its_reason() -> None:
    done = {
        "network": "a", "seed": 1, "variant": "Octave", "layers": 5, "compared": 5, "failed": [], "problems": [], "rules": {},
        "worst_local": {"ratio": 0.5, "layer": "x"}, "worst_accumulated": {"ratio": 0.5, "layer": "y"},
    }  # fmt: skip
    refused = [{"network": "b", "seed": seed, "variant": "Octave", "skipped": "refused: NaN"} for seed in (1, 2)]
    broken = {"network": "c", "seed": 1, "variant": "Octave", "error": "Traceback\n  line\nOSError: gone\n"}
    text = list(alarm_tables([done, *refused, broken]))[-1]
    assert row(text, "b") == ["b", "Octave", "2", "refused: NaN"]
    assert row(text, "c") == ["c", "Octave", "1", "OSError: gone"]

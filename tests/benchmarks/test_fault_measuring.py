"""benchmarks/faults measures each case once, and judges by the layers alone."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "faults"))

from measuring.false_alarms import Check, checks, exported_elsewhere
from measuring.faults_found import Case, cases
from measuring.journal import Journal
from measuring.rules import RULES, flags
from measuring.work import plan, plant_faults, raise_no_alarm, run

from xverify.errors import XverifyError

SEED = 101


def measured(tmp_path: Path, items: Sequence[Any], work: Any) -> dict[str, Any]:
    journal = Journal(tmp_path / "results.jsonl")
    run(plan(items, journal, None), work, journal, jobs=1)
    return {record["key"]: record for record in journal.records()}


def test_each_fault_is_planted_compared_and_diagnosed(tmp_path: Path) -> None:
    wanted = list(cases(["mlp_one"], ["bias dropped", "GRU reset mode"], ["model.onnx", "activations"], (SEED,), 1))
    records = measured(tmp_path, wanted, plant_faults)
    assert list(records) == [case.key for case in wanted]
    for place in ("model.onnx", "activations"):
        record = records[f"mlp_one|{SEED}|bias dropped|{place}|0"]
        assert record["detected"]
        assert record["first_right"]
        assert record["first_fault"] == record["layer"]
        assert record["alone"]
        assert record["others_blamed"] == 0
        assert 0 < record["effect"] < 10
        assert record["rules"].keys() == RULES.keys()
        assert isinstance(record["causes"], list)
        assert "skipped" in records[f"mlp_one|{SEED}|GRU reset mode|{place}|0"]


def test_fault_below_rounding_is_not_detected_by_the_parameters_that_nothing_reads(tmp_path: Path) -> None:
    case = Case("mlp_one", "output scaled by 1 + 1e-6", "weights.mat", SEED)
    record = measured(tmp_path, [case], plant_faults)[case.key]
    assert record["effect"] == pytest.approx(1e-6, rel=0.1)
    assert not record["detected"]


def test_what_is_in_the_journal_is_not_measured_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "results.jsonl")
    done, broken, left = (Case("mlp_one", kind, "model.onnx", SEED) for kind in ("a", "b", "c"))
    journal.append({"key": done.key, "detected": True})
    journal.append({"key": broken.key, "error": "it broke"})
    with journal.path.open("a") as file:
        file.write('{"key": "cut off')
    assert [case.kind for batch in plan([done, broken, left], journal, None).batches for case in batch] == ["b", "c"]
    assert plan([done, broken, left], journal, 1).size == 1


def test_an_error_is_written_down_and_the_rest_goes_on(tmp_path: Path) -> None:
    wrong, right = Case("mlp_one", "no such kind", "model.onnx", SEED), Case("mlp_one", "bias sign", "model.onnx", SEED)
    records = measured(tmp_path, [wrong, right], plant_faults)
    assert "no such kind" in records[wrong.key]["error"]
    assert records[right.key]["detected"]


def test_correct_network_raises_no_alarm(tmp_path: Path) -> None:
    check = Check("mlp_one", "onnxruntime, 2 threads", SEED)
    record = measured(tmp_path, [check], raise_no_alarm)[check.key]
    assert record["failed"] == record["problems"] == []
    assert record["compared"] == record["layers"] > 0
    assert 0 <= record["worst_local"]["ratio"] <= 1


def test_every_layers_ratio_is_recorded(tmp_path: Path) -> None:
    check = Check("mlp_one", "onnxruntime, 1 thread", SEED)
    record = measured(tmp_path, [check], raise_no_alarm)[check.key]
    assert len(record["ratios"]) == record["layers"]
    assert max(local for local, _ in record["ratios"].values()) == pytest.approx(record["worst_local"]["ratio"], 1e-3)
    assert all(0 <= whole <= 1 for _, whole in record["ratios"].values())


def test_every_network_is_checked_by_every_runtime_seed_by_seed() -> None:
    wanted = list(checks(["small", "large"], ["onnxruntime, 1 thread", "Octave"], (1, 2)))
    assert [(item.seed, item.network, item.variant) for item in wanted[:3]] == [
        (1, "small", "onnxruntime, 1 thread"),
        (1, "small", "Octave"),
        (1, "large", "onnxruntime, 1 thread"),
    ]
    assert len({item.key for item in wanted}) == 8


def test_refusal_of_an_export_elsewhere_is_told_as_here(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(XverifyError, match="there"):
        exported_elsewhere("mlp_one", SEED, tmp_path / "there")
    with pytest.raises(RuntimeError, match="no_such_network"):
        exported_elsewhere("no_such_network", SEED, tmp_path / "other")


def test_fixed_rules_see_what_they_are_made_for() -> None:
    right = np.linspace(1, 2, 1000, dtype=np.float32)
    assert flags(right, right) == []
    assert flags(right + np.float32(5e-5), right) == ["max abs 1e-5", "assert_close"]
    assert flags(right * np.float32(1.002), right) == ["max abs 1e-5", "max abs 1e-4", "SNR > 60 dB", "assert_close"]
    assert flags(right[::-1], right) == list(RULES)
    assert flags(right[:5], right) == list(RULES)


def test_fixed_rules_on_what_is_not_a_usual_number() -> None:
    right = np.array([1.0, np.nan, np.inf, 2.0])
    assert flags(right, right) == []
    assert flags(np.array([1.0, 0.0, np.inf, 2.0]), right) == list(RULES)
    assert flags(np.array([np.nan, np.nan, np.inf, 2.0]), right) == list(RULES)
    assert flags(np.zeros(3), np.zeros(3)) == []
    assert flags(np.array([1, 2]), np.array([1, 2])) == []
    assert flags(np.array([1, 3]), np.array([1, 2])) == list(RULES)

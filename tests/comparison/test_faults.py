"""Which layers are faults, and from which of them the others have their error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_runtime import FakeRuntime
from handmade_bundles import handmade

from xverify.bundle.bundle import Bundle
from xverify.comparison.compare import compare_bundle
from xverify.comparison.drift import growth
from xverify.comparison.evidence import MAX_LAYERS, Evidence
from xverify.comparison.results import Comparison

READS = {"stem": (), "left": ("stem",), "right": ("stem",), "join": ("left", "right"), "tail": ("join",)}
VALUES: dict[str, Any] = {
    name: np.random.default_rng(number).normal(size=(2, 3)).astype(np.float32) for number, name in enumerate(READS)
}


def bundle(folder: Path) -> Bundle:
    return handmade(folder / "net", VALUES, changes={name: {"inputs": inputs} for name, inputs in READS.items()})


def wrong(*names: str) -> dict[str, Any]:
    return {name: value + (1.0 if name in names else 0.0) for name, value in VALUES.items()}


def inherited(comparison: Comparison) -> dict[str, tuple[str, ...]]:
    return {layer.id: layer.inherited_from for layer in comparison.layers if layer.inherited_from}


def test_every_layer_that_fails_alone_is_a_fault(tmp_path: Path) -> None:
    comparison = compare_bundle(bundle(tmp_path), FakeRuntime(wrong("left", "join", "tail"), wrong("left", "tail")))
    assert comparison.faults == ("left", "tail")
    assert comparison.first_fault == "left"
    assert inherited(comparison) == {"join": ("left",)}


def test_both_branches_are_named_where_both_are_wrong(tmp_path: Path) -> None:
    comparison = compare_bundle(
        bundle(tmp_path), FakeRuntime(wrong("left", "right", "join", "tail"), wrong("left", "right"))
    )
    assert comparison.faults == ("left", "right")
    assert inherited(comparison) == {"join": ("left", "right"), "tail": ("left", "right")}


def test_the_nearest_fault_on_a_path_is_the_one_that_is_inherited(tmp_path: Path) -> None:
    comparison = compare_bundle(
        bundle(tmp_path), FakeRuntime(wrong("stem", "left", "join", "tail"), wrong("stem", "join"))
    )
    assert inherited(comparison) == {"left": ("stem",), "tail": ("join",)}


def test_without_local_errors_a_fault_is_what_fails_while_nothing_that_it_reads_does(tmp_path: Path) -> None:
    comparison = compare_bundle(bundle(tmp_path), FakeRuntime(wrong("right", "join", "tail")))
    assert (comparison.first_fault, comparison.faults) == (None, ("right",))
    assert inherited(comparison) == {"join": ("right",), "tail": ("right",)}


@dataclass
class PartlyLocalRuntime(FakeRuntime):
    """One that could not run every layer alone."""

    without_local: Mapping[str, str] = field(default_factory=dict)


def without(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def test_a_layer_that_could_not_run_alone_is_judged_by_the_whole_run(tmp_path: Path) -> None:
    runtime = PartlyLocalRuntime(wrong(), without("join", wrong()), without_local={"join": "two layers make it"})
    comparison = compare_bundle(bundle(tmp_path), runtime)
    assert comparison.passed
    (join,) = [layer for layer in comparison.layers if layer.id == "join"]
    assert join.reason == "judged by its accumulated error alone: two layers make it"
    assert any("1 layer is judged by its accumulated error alone" in note for note in comparison.notes)
    silent = compare_bundle(bundle(tmp_path / "again"), FakeRuntime(wrong(), without("join", wrong())))
    assert not silent.passed
    assert silent.coverage.compared == len(VALUES) - 1


@pytest.mark.parametrize(
    ("whole", "faults"),
    [(("join", "tail"), ("join",)), (("left", "join", "tail"), ("left",)), (("left", "tail"), ("left",))],
)
def test_a_layer_that_could_not_run_alone_is_a_fault_if_nothing_that_it_reads_fails(
    tmp_path: Path, whole: tuple[str, ...], faults: tuple[str, ...]
) -> None:
    alone = without("join", wrong(*(name for name in whole if name == "left")))
    runtime = PartlyLocalRuntime(wrong(*whole), alone, without_local={"join": "two layers make it"})
    comparison = compare_bundle(bundle(tmp_path), runtime)
    assert not comparison.passed
    assert comparison.faults == faults


def test_drift_has_no_fault(tmp_path: Path) -> None:
    comparison = compare_bundle(bundle(tmp_path), FakeRuntime(wrong("tail"), wrong()))
    assert not comparison.passed
    assert (comparison.faults, inherited(comparison)) == ((), {})
    assert any(note.startswith("no layer is wrong by itself") and "'tail'" in note for note in comparison.notes)


def test_drift_is_followed_along_the_worse_branch(tmp_path: Path) -> None:
    net = bundle(tmp_path)
    allowed = net.layers["tail"].tolerance.accumulated
    shares = {"stem": 0.1, "left": 0.2, "right": 0.6, "join": 0.7, "tail": 3.0}
    drifting = {name: value + np.float64(shares[name] * allowed) for name, value in VALUES.items()}
    comparison = compare_bundle(net, FakeRuntime(drifting, wrong()))
    steps = growth(net, comparison.layers)
    assert [name for name, _ in steps] == ["stem", "right", "join", "tail"]
    assert [ratio for _, ratio in steps] == pytest.approx([0.1, 0.6, 0.7, 3.0], rel=1e-2)


def test_values_that_fail_are_kept_for_a_diagnosis_and_no_others(tmp_path: Path) -> None:
    evidence = Evidence()
    compare_bundle(bundle(tmp_path), FakeRuntime(wrong("left", "join"), wrong("left")), evidence=evidence)
    assert (list(evidence.alone), list(evidence.whole)) == (["left"], ["left", "join"])
    np.testing.assert_array_equal(evidence.alone["left"], VALUES["left"] + 1.0)


def test_not_more_is_kept_than_there_is_room_for() -> None:
    evidence = Evidence()
    for number in range(2 * MAX_LAYERS):
        evidence.keep(f"layer_{number}", np.zeros(3), local=True)
    assert len(evidence.alone) == MAX_LAYERS

"""benchmarks/floor_rules.py: what is measured in floors, and what the tables make of it."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "faults"))

from floors.linear import Bound, bounds
from floors.tables import tables
from floors.used import IN_OCTAVE, ONNXRUNTIME, Item, items, work
from measuring.journal import Journal
from planting.graph import FaultGraph
from planting.networks import SMALL, TUNING_SEEDS

from xverify.program.floors import K_LOCAL

SEED = TUNING_SEEDS[0]


def cells(text: str, *first: str) -> list[str]:
    """The rest of the row that begins with some cells."""
    rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines())
    return next(row[len(first) :] for row in rows if row[: len(first)] == list(first))


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> FaultGraph:
    return FaultGraph(SMALL["plain"].export(SEED, tmp_path_factory.mktemp("floors") / "plain"))


def test_a_bound_is_that_of_the_elements_own_terms(graph: FaultGraph) -> None:
    found = bounds(graph)
    convolutions = [layer.id for layer in graph.bundle.manifest.layers if layer.operation in {"conv2d", "linear"}]
    assert list(found) == convolutions
    bound, layer = found["third"], graph.bundle.layers["third"]
    made = graph.bundle.reference(graph.bundle.layers[layer.inputs[0]]).astype(np.float64)
    weight, bias = _linear(graph)
    np.testing.assert_allclose(bound.unit, 2.0**-23 * (np.abs(made) @ np.abs(weight).T + np.abs(bias)), rtol=1e-12)
    assert bound.factor == 1.0
    assert bound.own.max() <= layer.tolerance.local / K_LOCAL
    assert found["features_7"].factor == pytest.approx((8 * 9) ** 0.5 / 8)


def _linear(graph: FaultGraph) -> tuple[Any, Any]:
    tensor = graph.bundle.layers["third"].onnx_tensor
    node = next(node for node in graph.nodes if tensor in node.output)
    weight, bias = (graph.constants[name].astype(np.float64) for name in node.input[1:3])
    return weight, bias


def test_the_worst_element_decides_after_pytorchs_own_error() -> None:
    bound = Bound(own=np.array([0.0, 2.0]), unit=np.array([0.5, 1.0]), factor=1.0)
    reference = np.array([1.0, 1.0], dtype=np.float32)
    assert bound.used(np.array([2.0, 2.5]), reference) == 2.0
    assert bound.used(np.array([1.0, 9.0]), reference) == 6.0
    assert bound.used(np.array([np.nan, 1.0]), reference) == float("inf")
    assert bound.used(np.array([1.0]), reference) == float("inf")


def test_correct_networks_and_faults_are_measured_in_floors(tmp_path: Path) -> None:
    wanted = [
        Item("mlp_one", SEED, ONNXRUNTIME),
        Item("mlp_one", SEED, ONNXRUNTIME, "bias dropped"),
        Item("mlp_one", SEED, ONNXRUNTIME, "GRU reset mode"),
    ]
    journal = Journal(tmp_path / "rules.jsonl")
    work(wanted, journal)
    correct, fault, none = journal.records()
    assert all(floors < K_LOCAL for floors in correct["local"].values())
    assert correct["elements"].keys() == {"layer_0", "layer_2", "layer_4"}
    assert len(correct["shares"]) == len(correct["local"])
    assert fault["local"][fault["layer"]] > 1000
    assert fault["elements"][fault["layer"]][0] > 1000
    assert max(floors for floors, _ in fault["accumulated"]) > 100
    assert none["skipped"]


def test_items_are_every_kind_of_fault_in_the_model() -> None:
    wanted = list(items(["plain"], (SEED,)))
    assert [item.runtime for item in wanted if not item.kind] == [ONNXRUNTIME, IN_OCTAVE]
    assert "H/W exchanged in activations" not in {item.kind for item in wanted}
    assert len({item.key for item in wanted}) == len(wanted) > 40


def record(kind: str = "", **others: Any) -> dict[str, Any]:
    base = {"kind": kind, "runtime": ONNXRUNTIME, "local": {"a": 2.5}, "elements": {"a": [3.0, 2.0]}}
    return {**base, "accumulated": [[4.5, 1e-5]], "shares": [1e-5, 1e-4], "effect": 2e-6, "touched": ["a"], **others}


def test_tables_count_what_each_k_says() -> None:
    fault = record("bias dropped", local={"a": 7.0}, elements={"a": [9.0, 2.0]}, accumulated=[[7.0, 1e-5]])
    local, accumulated, elements = tables([record(), fault, {"kind": "", "skipped": "no"}], [])
    assert cells(local, "2")[:3] == ["1 of 1", "0 of 0", "0 of 1"]
    assert cells(local, "6") == ["0 of 1", "0 of 0", "0 of 1", "0 of 0", "0.0e+00", "2.0e-06"]
    assert cells(local, "8") == ["0 of 1", "0 of 0", "1 of 1", "0 of 0", "2.0e-06", "0.0e+00"]
    assert cells(accumulated, "4")[:2] == ["1 of 2", "0"]
    assert cells(accumulated, "6") == ["0 of 2", "0", "0 of 0", "0 of 1", "0 of 0", "0.0e+00", "2.0e-06"]
    assert cells(accumulated, "8")[2:5] == ["0 of 0", "1 of 1", "0 of 0"]
    assert cells(elements, "each element, with the factor", "1.5")[:1] == ["0 of 1"]
    assert cells(elements, "each element, with the factor", "4")[3] == "0 of 1"
    assert cells(elements, "each element, with the factor", "6")[3] == "1 of 1"
    assert cells(elements, "each element, without", "2")[:1] == ["1 of 1"]


def test_a_layer_whose_error_proves_nothing_is_no_false_alarm_and_keeps_a_run_from_passing() -> None:
    chaotic: dict[str, Any] = {"accumulated": [[50.0, 2e-4]], "shares": [2e-4]}
    _, accumulated, _ = tables([record(**chaotic), record("bias dropped", **chaotic)], [])
    assert cells(accumulated, "4")[:2] == ["1 of 1", "0"]
    assert cells(accumulated, "6")[:4] == ["0 of 0", "1", "0 of 0", "0 of 1"]


def test_false_alarms_of_more_networks_are_counted_beside() -> None:
    alarms: list[dict[str, Any]] = [{"ratios": {"x": [0.4, 0.1], "y": [None, 0.1]}}, {"skipped": "refused"}]
    local = next(iter(tables([record()], alarms)))
    assert cells(local, "2")[1] == "1 of 1"
    assert cells(local, "3")[1] == "0 of 1"

"""Layers whose node is gone take the verdict of what holds their value, if PyTorch recorded the same there."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_runtime import FakeRuntime
from handmade_bundles import handmade
from numpy.typing import NDArray
from verdict_cases import VALUES, layer_of, statuses

from xverify.bundle.bundle import Bundle
from xverify.comparison.compare import compare_bundle
from xverify.comparison.policy import Policy
from xverify.comparison.results import Status

Array = NDArray[Any]

X = np.arange(6, dtype=np.float32).reshape(2, 3)
ALIASED = {"first": VALUES["head"], "copy": VALUES["head"], "given": X, "last": VALUES["conv"]}
ALIASES = {"copy": {"alias_of": "first", "onnx_tensor": ""}, "given": {"alias_of": "x", "onnx_tensor": ""}}
PRESENT = {"first": VALUES["head"], "last": VALUES["conv"]}


@pytest.fixture(scope="module")
def aliased(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("aliased") / "net"
    return handmade(folder, ALIASED, inputs={"x": X}, changes=ALIASES, outputs=("copy", "last"))


def test_an_alias_has_the_verdict_of_what_holds_its_value(aliased: Bundle) -> None:
    comparison = compare_bundle(aliased, FakeRuntime(PRESENT, PRESENT, PRESENT))
    assert comparison.passed
    assert comparison.coverage.compared == 4
    wrong = PRESENT | {"first": VALUES["head"] + np.float32(1)}
    comparison = compare_bundle(aliased, FakeRuntime(wrong, wrong))
    assert statuses(comparison)["copy"] is statuses(comparison)["first"] is Status.FAILED
    assert layer_of(comparison, "copy").reason.startswith("is the value of 'first': local error 1")
    assert comparison.first_fault == "first"


def test_an_alias_of_what_is_missing_is_not_compared(aliased: Bundle) -> None:
    comparison = compare_bundle(aliased, FakeRuntime({"last": VALUES["conv"]}))
    assert statuses(comparison)["copy"] is Status.NOT_COMPARED
    assert comparison.coverage.compared == 2


def test_the_permission_for_a_layer_covers_its_aliases(tmp_path: Path) -> None:
    zeros = {"dead": np.zeros((2, 3), np.float32), "copy": np.zeros((2, 3), np.float32), "last": VALUES["conv"]}
    changes: dict[str, dict[str, Any]] = {
        "dead": {"all_zero": True},
        "copy": {"all_zero": True, "alias_of": "dead", "onnx_tensor": ""},
    }
    bundle = handmade(tmp_path / "net", zeros, changes=changes)
    present = {"dead": zeros["dead"], "last": zeros["last"]}
    assert not compare_bundle(bundle, FakeRuntime(present)).passed
    assert compare_bundle(bundle, FakeRuntime(present), Policy(allow={"dead": "r"})).passed


def test_an_alias_that_a_file_holds_is_compared_itself(aliased: Bundle) -> None:
    assert compare_bundle(aliased, FakeRuntime(ALIASED)).passed
    comparison = compare_bundle(aliased, FakeRuntime(ALIASED | {"copy": VALUES["head"] + np.float32(1)}))
    assert statuses(comparison)["copy"] is Status.FAILED
    comparison = compare_bundle(aliased, FakeRuntime(ALIASED | {"given": X + np.float32(1)}))
    assert statuses(comparison)["given"] is Status.FAILED


@pytest.mark.parametrize("name", ["copy", "given"])
def test_an_alias_of_another_value_fails(tmp_path: Path, name: str) -> None:
    other = ALIASED[name].copy()
    other[1, 1] = np.nextafter(other[1, 1], np.float32(9))
    bundle = handmade(tmp_path / "net", ALIASED | {name: other}, inputs={"x": X}, changes=ALIASES)
    comparison = compare_bundle(bundle, FakeRuntime(PRESENT))
    assert (comparison.passed, statuses(comparison)[name]) == (False, Status.FAILED)
    assert "PyTorch's value is not that of" in layer_of(comparison, name).reason


def test_an_output_that_is_an_alias_is_sought_at_what_holds_its_value(aliased: Bundle) -> None:
    comparison = compare_bundle(aliased, FakeRuntime(PRESENT, PRESENT, {"last": VALUES["conv"]}))
    assert comparison.problems == ("output 'copy' is missing from the optimised run",)

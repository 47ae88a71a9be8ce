"""Layers whose equality proves nothing (all zero, ill-conditioned), and what a permission does."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_runtime import FakeRuntime
from handmade_bundles import LOCAL, handmade
from numpy.typing import NDArray
from verdict_cases import VALUES, layer_of, moved, require_only_failure, values

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Tolerance
from xverify.comparison.compare import compare_bundle
from xverify.comparison.policy import Fixed, Policy
from xverify.comparison.results import Status

Array = NDArray[Any]


ZERO = {"all_zero": True}


def test_zeros_equal_to_zeros_prove_nothing(tmp_path: Path) -> None:
    zeros = {"dead": np.zeros((2, 3), np.float32), "head": VALUES["head"]}
    bundle = handmade(tmp_path / "net", zeros, changes={"dead": ZERO})
    comparison = compare_bundle(bundle, FakeRuntime(zeros, zeros))
    assert (comparison.passed, layer_of(comparison, "dead").status) == (False, Status.NOT_COMPARED)
    assert layer_of(comparison, "dead").reason.startswith("all zero")
    permitted = compare_bundle(bundle, FakeRuntime(zeros, zeros), Policy(allow={"dead": "dead unit"}))
    assert permitted.passed
    assert (permitted.coverage.compared, layer_of(permitted, "dead").permitted) == (1, "dead unit")
    assert permitted.notes == ()  # the reason stands with the layer


def test_a_permission_never_passes_a_failed_layer(tmp_path: Path) -> None:
    zeros = {"dead": np.zeros((2, 3), np.float32), "head": VALUES["head"]}
    bundle = handmade(tmp_path / "net", zeros, changes={"dead": ZERO})
    other = zeros | {"dead": np.full((2, 3), 0.1, np.float32)}
    comparison = compare_bundle(bundle, FakeRuntime(other), Policy(allow={"dead": "dead unit"}))
    assert (comparison.passed, layer_of(comparison, "dead").status) == (False, Status.FAILED)
    assert layer_of(comparison, "dead").permitted == ""


def test_a_permission_for_a_layer_that_was_compared_is_said_to_be_idle(verdict_bundle: Bundle) -> None:
    comparison = compare_bundle(verdict_bundle, FakeRuntime(values()), Policy(allow={"head": "never looked"}))
    assert comparison.passed
    assert any("'head' was compared" in note for note in comparison.notes)


ILL = {"tolerance": Tolerance(LOCAL, 10.0, "by hand", accumulated_ill_conditioned=True)}
LOCALLY_ILL = {
    "tolerance": Tolerance(10.0, 10.0, "by hand", accumulated_ill_conditioned=True, local_ill_conditioned=True)
}


def test_an_ill_conditioned_layer_is_judged_by_its_local_error_alone(tmp_path: Path) -> None:
    bundle = handmade(tmp_path / "net", VALUES, changes={"head": ILL})
    far = moved("head", 50.0)
    passed = compare_bundle(bundle, FakeRuntime(far, values(), far))
    assert passed.passed
    assert layer_of(passed, "head").reason.startswith("judged by its local error alone")
    assert any("judged by its local error alone" in note for note in passed.notes)
    failed = compare_bundle(bundle, FakeRuntime(values(), moved("head", 2 * LOCAL)))
    require_only_failure(failed, "head", reason="local error")


def test_an_ill_conditioned_layer_without_local_error_is_not_compared(tmp_path: Path) -> None:
    bundle = handmade(tmp_path / "net", VALUES, changes={"head": ILL})
    comparison = compare_bundle(bundle, FakeRuntime(values()))
    assert (comparison.passed, layer_of(comparison, "head").status) == (False, Status.NOT_COMPARED)
    assert layer_of(comparison, "head").reason.startswith("ill-conditioned")
    assert compare_bundle(bundle, FakeRuntime(values()), Policy(allow={"head": "chaotic"})).passed


@pytest.mark.parametrize("spoiled", [np.nan, np.inf])
def test_nan_and_inf_fail_an_ill_conditioned_layer(tmp_path: Path, spoiled: float) -> None:
    bundle = handmade(tmp_path / "net", VALUES, changes={"head": ILL})
    head = VALUES["head"].copy()
    head[0, 1] = spoiled
    require_only_failure(
        compare_bundle(bundle, FakeRuntime(values(head=head), values())), "head", reason="where the reference has"
    )
    fast = {"head": head, "index": VALUES["index"]}
    require_only_failure(
        compare_bundle(bundle, FakeRuntime(values(), values(), fast)), "head", reason="where the reference has"
    )


def test_a_layer_that_is_ill_conditioned_alone_is_not_compared(tmp_path: Path) -> None:
    bundle = handmade(tmp_path / "net", VALUES, changes={"head": LOCALLY_ILL})
    comparison = compare_bundle(bundle, FakeRuntime(values(), values()))
    assert (comparison.passed, layer_of(comparison, "head").status) == (False, Status.NOT_COMPARED)
    assert "even alone" in layer_of(comparison, "head").reason


def test_a_fixed_tolerance_judges_an_ill_conditioned_layer(tmp_path: Path) -> None:
    bundle = handmade(tmp_path / "net", VALUES, changes={"head": LOCALLY_ILL})
    policy = Policy(layers=(("head", Fixed(1e-2)),))
    assert compare_bundle(bundle, FakeRuntime(moved("head", 0.9e-2)), policy).passed
    require_only_failure(
        compare_bundle(bundle, FakeRuntime(moved("head", 1.1e-2)), policy), "head", reason="0.011 > 0.01"
    )

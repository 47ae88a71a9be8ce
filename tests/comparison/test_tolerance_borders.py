"""Which error just passes and which just fails."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_runtime import FakeRuntime
from handmade_bundles import ACCUMULATED, LOCAL, handmade
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from verdict_cases import VALUES, layer_of, require_only_failure, statuses, values

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Tolerance
from xverify.comparison.compare import compare_bundle
from xverify.comparison.policy import Fixed, Policy
from xverify.comparison.results import Status

Array = NDArray[Any]


@pytest.mark.parametrize(
    ("fixed", "expected", "largest"),
    [
        (Fixed(0.125), 3.0, 3.125),
        (Fixed(0.0, 0.125), 8.0, 9.0),
        (Fixed(0.0, 0.125), -8.0, -7.0),
        (Fixed(0.5, 0.25), 2.0, 3.0),
        (Fixed(0.0, 0.0), 1.0, 1.0),
    ],
)
def test_a_fixed_tolerance_has_numpys_meaning_at_its_border(
    fixed: Fixed, expected: float, largest: float, tmp_path: Path
) -> None:
    bundle = handmade(tmp_path / "net", {"layer": np.array([0.5, expected], np.float32)})
    policy = Policy(default=fixed)
    inside = np.array([0.5, largest])
    outside = np.array([0.5, np.nextafter(largest, np.inf)])
    assert np.isclose(inside[1], expected, fixed.rtol, fixed.atol)
    assert not np.isclose(outside[1], expected, fixed.rtol, fixed.atol)
    assert compare_bundle(bundle, FakeRuntime({"layer": inside}), policy).passed
    assert not compare_bundle(bundle, FakeRuntime({"layer": outside}), policy).passed


def test_a_relative_tolerance_is_judged_where_it_is_exceeded_most(tmp_path: Path) -> None:
    bundle = handmade(tmp_path / "net", {"layer": np.array([1000.0, 1.0], np.float32)})
    actual = np.array([1000.9, 1.5])  # the larger error is allowed, the smaller is not
    comparison = compare_bundle(bundle, FakeRuntime({"layer": actual}), Policy(default=Fixed(0.0, 1e-3)))
    measure = layer_of(comparison, "layer").accumulated
    assert measure is not None
    assert (comparison.passed, measure.worst_index, measure.allowed) == (False, (1,), 1e-3)
    assert measure.error == pytest.approx(0.5)
    assert measure.max_error == pytest.approx(0.9)


def test_the_calibrated_tolerance_is_met_by_equality_at_its_border(tmp_path: Path) -> None:
    tolerance = {"tolerance": Tolerance(0.25, 0.5, "by hand")}
    bundle = handmade(tmp_path / "net", {"layer": np.array([1.0], np.float32)}, changes={"layer": tolerance})
    for local, accumulated, passed in ((0.25, 0.5, True), (0.26, 0.5, False), (0.25, 0.51, False)):
        runtime = FakeRuntime({"layer": np.array([1 + accumulated])}, {"layer": np.array([1 - local])})
        assert compare_bundle(bundle, runtime).passed is passed


def test_equality_is_asked_where_the_tolerance_is_zero(tmp_path: Path) -> None:
    exact = {"conv": {"tolerance": Tolerance(0.0, 0.0, "exact")}}
    bundle = handmade(tmp_path / "net", VALUES, changes=exact)
    assert compare_bundle(bundle, FakeRuntime(values())).passed
    conv = VALUES["conv"].copy()
    conv[0, 0, 0, 0] = np.nextafter(conv[0, 0, 0, 0], np.float32(np.inf))
    require_only_failure(compare_bundle(bundle, FakeRuntime(values(conv=conv))), "conv", reason="> 0")


WITHIN = st.floats(0, 0.999)
BEYOND = st.one_of(st.floats(1.001, 3), st.floats(10, 1e30), st.just(float("inf")), st.just(float("nan")))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_element_beyond_its_tolerance_never_passes(verdict_bundle: Bundle, data: st.DataObject) -> None:
    kind, allowed = data.draw(st.sampled_from([("whole", ACCUMULATED), ("alone", LOCAL), ("fast", ACCUMULATED)]))
    name = data.draw(st.sampled_from(["head"] if kind == "fast" else ["conv", "head", "total"]))
    noise = allowed * data.draw(WITHIN) * np.random.default_rng(0).uniform(-1, 1, VALUES[name].shape)
    runs = {"whole": values(), "alone": values(), "fast": {"head": VALUES["head"], "index": VALUES["index"]}}
    runs[kind][name] = VALUES[name] + noise
    assert compare_bundle(verdict_bundle, FakeRuntime(*runs.values())).passed
    index = tuple(data.draw(st.integers(0, size - 1)) for size in VALUES[name].shape)
    spoiled = np.array(VALUES[name] + noise)
    spoiled[index] = VALUES[name][index] + data.draw(st.sampled_from([1, -1])) * allowed * data.draw(BEYOND)
    runs[kind][name] = spoiled
    comparison = compare_bundle(verdict_bundle, FakeRuntime(*runs.values()))
    assert not comparison.passed
    assert statuses(comparison)[name] is Status.FAILED


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fixed=st.builds(Fixed, st.floats(0, 0.3), st.floats(0, 0.3)), scale=st.floats(0, 0.5), seed=st.integers(0, 999))
def test_fixed_tolerances_decide_like_numpy(verdict_bundle: Bundle, fixed: Fixed, scale: float, seed: int) -> None:
    actual = VALUES["conv"] + scale * np.random.default_rng(seed).uniform(-1, 1, VALUES["conv"].shape)
    expected = VALUES["conv"].astype(np.float64)
    comparison = compare_bundle(verdict_bundle, FakeRuntime(values(conv=actual)), Policy(layers=(("conv", fixed),)))
    assert comparison.passed == np.allclose(actual, expected, fixed.rtol, fixed.atol)

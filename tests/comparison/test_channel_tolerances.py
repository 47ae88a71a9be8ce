"""Layers whose channels differ much in size: each channel is judged by its own allowance."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_runtime import FakeRuntime
from handmade_bundles import handmade
from numpy.typing import NDArray
from verdict_cases import layer_of

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import ChannelTolerances, Tolerance
from xverify.comparison.compare import compare_bundle
from xverify.comparison.policy import Fixed, Policy
from xverify.comparison.results import Measure

Array = NDArray[Any]

SIZES = np.array([1000.0, 1.0, 0.001, 0.0])
LOCAL, ACCUMULATED = (1e-1, 1e-4, 1e-7, 0.0), (1.0, 1e-3, 1e-6, 0.0)
"""The last channel is dead: nothing but zero is allowed there."""

VALUE = (np.random.default_rng(2).normal(size=(2, 4, 3, 5)) * SIZES[:, None, None]).astype(np.float32)
WIDE = {"tolerance": Tolerance(0.1, 1.0, "by hand", channels=ChannelTolerances(1, LOCAL, ACCUMULATED))}


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return handmade(tmp_path / "net", {"wide": VALUE}, dims={"wide": "NCHW"}, changes={"wide": WIDE})


def moved(*errors: float) -> dict[str, Array]:
    """One element of each channel moved."""
    value = VALUE.astype(np.float64)
    value[1, :, 2, 4] += np.array(errors)
    return {"wide": value}


def accumulated(bundle: Bundle, values: dict[str, Array]) -> Measure:
    measure = layer_of(compare_bundle(bundle, FakeRuntime(values)), "wide").accumulated
    assert measure is not None
    return measure


def test_what_each_channel_allows_passes(bundle: Bundle) -> None:
    assert compare_bundle(bundle, FakeRuntime(moved(0.9, 0.9e-3, 0.9e-6, 0.0), moved(0.09, 0.9e-4, 0.9e-7, 0.0))).passed
    assert compare_bundle(bundle, FakeRuntime(moved(0, 0, 0, 0))).passed


@pytest.mark.parametrize(("channel", "error"), [(0, 1.1), (1, 1.1e-3), (2, 1.1e-6), (3, 1e-30)])
def test_an_error_beyond_one_channels_allowance_fails(bundle: Bundle, channel: int, error: float) -> None:
    errors = [0.5, 0.5e-3, 0.5e-6, 0.0]
    errors[channel] = error
    measure = accumulated(bundle, moved(*errors))
    assert not measure.passed
    assert measure.worst_index == (1, channel, 2, 4)
    assert measure.allowed == ACCUMULATED[channel]
    assert measure.error == pytest.approx(error, rel=1e-3, abs=1e-12)
    assert measure.max_error == pytest.approx(max(errors), rel=1e-3)


@pytest.mark.parametrize("channel", range(3))
def test_local_errors_have_their_own_allowances(bundle: Bundle, channel: int) -> None:
    errors = [0.0] * 4
    errors[channel] = 2 * LOCAL[channel]
    comparison = compare_bundle(bundle, FakeRuntime(moved(*errors), moved(*errors)))
    assert (comparison.passed, comparison.first_fault) == (False, "wide")
    assert "accumulated" not in layer_of(comparison, "wide").reason


def test_the_reason_names_the_error_that_its_allowance_belongs_to(bundle: Bundle) -> None:
    """Not the largest error of all: that one is in another channel, and within what is allowed there."""
    layer = layer_of(compare_bundle(bundle, FakeRuntime(moved(0.5, 0.002, 0, 0))), "wide")
    assert "accumulated error 0.002 > 0.001" in layer.reason


def test_a_channel_that_is_right_hides_no_other(bundle: Bundle) -> None:
    """0 of 0 allowed in the dead channel is not the largest share."""
    assert not accumulated(bundle, moved(2.0, 0, 0, 0)).passed


def test_a_fixed_tolerance_goes_before(bundle: Bundle) -> None:
    policy = Policy(default=Fixed(0.01))
    assert compare_bundle(bundle, FakeRuntime(moved(0.009, 0.009, 0.009, 0.009)), policy).passed
    assert not compare_bundle(bundle, FakeRuntime(moved(0.011, 0, 0, 0)), policy).passed


@pytest.mark.parametrize("spoiled", [np.nan, np.inf])
def test_nan_and_inf_fail(bundle: Bundle, spoiled: float) -> None:
    assert not accumulated(bundle, moved(0, spoiled, 0, 0)).passed


def test_matching_infinities_are_left_out(tmp_path: Path) -> None:
    masked = VALUE.copy()
    masked[0, 0, 0, 0] = -np.inf
    bundle = handmade(tmp_path / "net", {"wide": masked}, changes={"wide": WIDE})
    assert compare_bundle(bundle, FakeRuntime({"wide": masked})).passed
    wrong = masked.copy()
    wrong[0, 1, 0, 0] += 1
    assert not compare_bundle(bundle, FakeRuntime({"wide": wrong})).passed

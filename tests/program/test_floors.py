"""Noise floors and tolerances against the formula, computed by hand."""

from typing import Any

import numpy as np
import pytest

from xverify.program.distance import Distance
from xverify.program.floors import ILL_CONDITIONED, K_ACCUMULATED, K_LOCAL, UNMEASURED_FACTOR, judge
from xverify.program.operations import EPS32
from xverify.program.recorder import Channels, Recorded

VALUE = np.array([[3.0, -4.0], [0.5, 1.0]], np.float32)
TINY = 2.0**-126
RMS = float(np.sqrt((9 + 16 + 0.25 + 1) / 4))


def recorded(value: Any = VALUE, **changes: Any) -> Recorded:
    settings: dict[str, Any] = {
        "value": value, "float32_error": Distance(1e-8, 1e-9), "accumulated": Distance(2e-8, 3e-9), "local": Distance(1e-9, 1e-10),
        "magnitude": 4.0, "cancelling": False, "exact": False, "rounding_factor": 1.0, "unavailable": "", "notes": (),
    }  # fmt: skip
    return Recorded(**(settings | changes))


def test_the_measured_constants() -> None:
    assert (K_LOCAL, K_ACCUMULATED, ILL_CONDITIONED, UNMEASURED_FACTOR, EPS32) == (6, 10, 1e-3, 4, 2**-23)


def test_local_floor_is_the_bound_where_pytorch_itself_was_closer() -> None:
    judged = judge(recorded(rounding_factor=2.5))
    assert judged.tolerance.local == pytest.approx(6 * EPS32 * 4.0 * 2.5)
    assert judged.floor.local is not None
    assert judged.floor.local.max == pytest.approx(EPS32 * 4.0 * 2.5)
    assert judged.floor.local.rms == 1e-10
    assert "local: 6 x 1.19e-06 (eps32 x magnitude 4 x 2.5)" in judged.tolerance.reason


def test_local_floor_is_pytorchs_own_error_where_that_is_larger() -> None:
    judged = judge(recorded(local=Distance(5e-6, 1e-6)))
    assert judged.tolerance.local == pytest.approx(6 * 5e-6)
    assert "PyTorch's own float32 error" in judged.tolerance.reason


def test_an_exact_layer_must_be_equal_locally_and_rounds_like_others_when_accumulated() -> None:
    judged = judge(recorded(exact=True, rounding_factor=0.0))
    assert judged.tolerance.local == 0.0
    assert judged.tolerance.accumulated == pytest.approx(10 * EPS32 * 4.0)
    assert not judged.tolerance.local_ill_conditioned
    assert judged.tolerance.reason.startswith("local: equality")


def test_accumulated_floor_is_the_largest_of_the_runs_and_the_bound() -> None:
    assert judge(recorded()).tolerance.accumulated == pytest.approx(10 * EPS32 * 4.0)
    judged = judge(recorded(accumulated=Distance(3e-5, 1e-6)))
    assert judged.tolerance.accumulated == pytest.approx(3e-4)
    assert judged.floor.accumulated is not None
    assert (judged.floor.accumulated.max, judged.floor.accumulated.rms) == (3e-5, 1e-6)
    assert "the spread of PyTorch's float32 runs" in judged.tolerance.reason
    assert judge(recorded(rounding_factor=8.0)).tolerance.accumulated == pytest.approx(10 * EPS32 * 4.0)


def test_without_float64_the_bounds_are_four_times_larger_and_say_so() -> None:
    judged = judge(recorded(local=None, float32_error=None, unavailable="sin stays float16", rounding_factor=1.5))
    assert judged.tolerance.local == pytest.approx(6 * 4 * EPS32 * 4.0 * 1.5)
    assert judged.tolerance.accumulated == pytest.approx(10 * 4 * EPS32 * 4.0)
    assert judged.tolerance.reason.count("no float64 truth") == 2
    assert (judged.floor.local, judged.floor.unavailable) == (None, "sin stays float16")
    assert judged.floor.accumulated is not None


def test_without_float64_the_spread_of_the_runs_still_counts() -> None:
    judged = judge(recorded(local=None, float32_error=None, unavailable="x", accumulated=Distance(1e-4, 1e-5)))
    assert judged.tolerance.accumulated == pytest.approx(1e-3)


@pytest.mark.parametrize(("error", "ill"), [(0.9e-4 * RMS, False), (1.1e-4 * RMS, True)])
def test_accumulated_is_ill_conditioned_beyond_a_thousandth_of_the_layers_size(error: float, ill: bool) -> None:
    tolerance = judge(recorded(accumulated=Distance(error, error))).tolerance
    assert tolerance.accumulated_ill_conditioned is ill
    assert not tolerance.local_ill_conditioned


@pytest.mark.parametrize(("share", "ill"), [(0.9, False), (1.1, True)])
def test_local_is_ill_conditioned_likewise(share: float, ill: bool) -> None:
    error = share * 1e-3 * RMS / 6
    tolerance = judge(recorded(local=Distance(error, error))).tolerance
    assert tolerance.local_ill_conditioned is ill
    assert not tolerance.accumulated_ill_conditioned


def test_where_terms_cancel_the_local_size_is_that_of_the_terms() -> None:
    tiny = np.full((1, 1), 1e-4, np.float32)
    bound = 6 * EPS32 * 4.0  # passes a thousandth of 1e-4, but not of 4
    assert 1e-3 * 1e-4 < bound < 1e-3 * 4.0
    assert judge(recorded(tiny, cancelling=False)).tolerance.local_ill_conditioned
    judged = judge(recorded(tiny, cancelling=True))
    assert not judged.tolerance.local_ill_conditioned
    assert judged.tolerance.accumulated_ill_conditioned


@pytest.mark.parametrize("dtype", [np.int64, np.bool_, np.uint8])
def test_integers_and_booleans_are_compared_exactly(dtype: Any) -> None:
    value = np.array([0, 1], dtype)
    judged = judge(recorded(value, float32_error=None, accumulated=None, local=None, exact=True))
    assert (judged.tolerance.local, judged.tolerance.accumulated) == (0.0, 0.0)
    assert judged.tolerance.reason == f"{np.dtype(dtype)}: compared exactly"
    assert (judged.floor.local, judged.floor.accumulated) == (None, None)
    assert (judged.rms, judged.all_zero) == (0.0, False)


def test_integers_that_are_all_zero_are_no_dead_layer() -> None:
    assert not judge(recorded(np.zeros(3, np.int64), accumulated=None, local=None)).all_zero


@pytest.mark.parametrize(
    ("value", "all_zero"), [(np.zeros((2, 3)), True), (np.eye(3) * 1e-30, False), (np.zeros((0, 3)), False)]
)
def test_all_zero(value: Any, all_zero: bool) -> None:
    assert judge(recorded(value.astype(np.float32), magnitude=0.0)).all_zero is all_zero


def test_root_mean_square_leaves_infinities_out_and_takes_scalars() -> None:
    assert judge(recorded(np.array([np.inf, 3.0, -4.0], np.float32))).rms == pytest.approx((25 / 3) ** 0.5)
    assert judge(recorded(np.array(-2.0, np.float32))).rms == 2.0
    assert judge(recorded(np.array([1e30, 1e30], np.float32))).rms == pytest.approx(1e30)  # squares overflow float32


WIDE_SIZES: dict[str, Any] = {
    "axis": 1,
    "magnitude": np.array([100.0, 0.01, 0.0]),
    "accumulated": np.array([1e-6, 1e-6, 0.0]),
}


def test_channels_have_the_rule_of_the_whole_each_with_its_own_size() -> None:
    own = np.array([1e-4, 1e-12, 0.0])
    channels = judge(recorded(rounding_factor=2.0, channels=Channels(**WIDE_SIZES, local=own))).tolerance.channels
    assert channels is not None
    assert channels.axis == 1
    assert channels.local == pytest.approx((6e-4, 6 * EPS32 * 0.01 * 2, 6 * TINY * 2), rel=1e-12)
    assert channels.accumulated == pytest.approx((10 * EPS32 * 100, 1e-5, 10 * TINY), rel=1e-12)


def test_a_channel_is_allowed_the_share_of_its_size_that_the_layer_is_of_its_own() -> None:
    sizes = Channels(**WIDE_SIZES, local=None)
    channels = judge(recorded(accumulated=Distance(2e-3, 1e-4), magnitude=100.0, channels=sizes)).tolerance.channels
    assert channels is not None
    assert channels.accumulated == pytest.approx(
        (2e-2, 1e-5, 10 * TINY), rel=1e-12
    )  # the second one's own error is larger
    assert channels.accumulated[0] > 10 * EPS32 * 100


def test_channels_without_float64_have_the_larger_bound() -> None:
    sizes = Channels(**WIDE_SIZES, local=None)
    channels = judge(recorded(float32_error=None, local=None, unavailable="x", channels=sizes)).tolerance.channels
    assert channels is not None
    assert channels.local[0] == pytest.approx(6 * 4 * EPS32 * 100)
    assert channels.accumulated[0] == pytest.approx(10 * 4 * EPS32 * 100)


def test_channels_of_like_sizes_are_judged_as_one() -> None:
    tolerance = judge(recorded()).tolerance
    assert tolerance.channels is None
    assert "channel" not in tolerance.reason


def test_the_reason_says_where_its_numbers_are_not_the_channels() -> None:
    reason = judge(recorded(channels=Channels(**WIDE_SIZES, local=None))).tolerance.reason
    assert reason.endswith("; these allowances are the layer's: each channel is judged by its own")

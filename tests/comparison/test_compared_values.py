"""What may be compared with what: types, NaN and Inf. Integers and booleans compare exactly."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_runtime import FakeRuntime
from handmade_bundles import handmade
from numpy.typing import NDArray
from verdict_cases import VALUES, layer_of, require_only_failure, values

from xverify.bundle.bundle import Bundle
from xverify.comparison.compare import compare_bundle
from xverify.comparison.policy import Fixed, Policy

Array = NDArray[Any]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("index", np.array([4, 2**53, -7], np.int64)),
        ("index", np.array([4, 2**53 + 1, 7], np.int64)),
        ("index", np.array([4, 2**53 + 1, -7.000001])),
        ("index", np.array([np.nan, 2**53 + 1, -7])),
        ("mask", ~VALUES["mask"]),
        ("mask", 2 * VALUES["mask"].astype(np.uint8)),
        ("mask", np.where(VALUES["mask"], 1.0, 1e-30)),
    ],
)
def test_integers_and_booleans_are_compared_exactly_whatever_the_tolerance(
    verdict_bundle: Bundle, name: str, value: Array
) -> None:
    policy = Policy(default=Fixed(1e30, 1e30), allow={name: "no"})
    comparison = compare_bundle(verdict_bundle, FakeRuntime(values(**{name: value}), values()), policy)
    require_only_failure(comparison, name, reason="values differ")


@pytest.mark.parametrize(
    ("name", "dtype"), [("mask", np.uint8), ("mask", np.float64), ("index", np.uint8), ("index", np.float64)]
)
def test_equal_integers_and_booleans_of_another_type_pass(tmp_path: Path, name: str, dtype: type[np.generic]) -> None:
    small = values(index=np.array([4, 200, 7], np.int64))
    bundle = handmade(tmp_path / "net", small)
    assert compare_bundle(bundle, FakeRuntime(small | {name: small[name].astype(dtype)})).passed


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("policy", [Policy(), Policy(default=Fixed(1e30, 1.0))])
def test_nan_and_inf_at_other_places_fail_under_any_tolerance(
    verdict_bundle: Bundle, value: float, policy: Policy
) -> None:
    spoiled = VALUES["conv"].copy()
    spoiled[1, 2, 3, 4] = value
    comparison = compare_bundle(verdict_bundle, FakeRuntime(values(conv=spoiled)), policy)
    require_only_failure(comparison, "conv", reason="where the reference has")
    measure = layer_of(comparison, "conv").accumulated
    assert measure is not None
    assert measure.worst_index == (1, 2, 3, 4)
    assert json.loads(json.dumps(comparison.to_dict(), allow_nan=True))  # it has a JSON form


@pytest.mark.parametrize("policy", [Policy(), Policy(default=Fixed(1e-4)), Policy(default=Fixed(0.0, 1e-3))])
@pytest.mark.parametrize("whole_layer", [False, True])
def test_a_masked_layer_passes_where_its_infinities_match(tmp_path: Path, policy: Policy, whole_layer: bool) -> None:
    reference = VALUES["head"].copy()
    reference[0] = -np.inf
    if whole_layer:
        reference[1] = np.inf
    bundle = handmade(tmp_path / "net", {"masked": reference})
    assert compare_bundle(bundle, FakeRuntime({"masked": reference.copy()}), policy).passed
    assert compare_bundle(bundle, FakeRuntime({"masked": reference * np.float32(1 + 1e-7)}), policy).passed
    assert not compare_bundle(bundle, FakeRuntime({"masked": -reference}), policy).passed

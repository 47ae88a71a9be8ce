"""The verdict: every status and reason, and that nothing unmatched passes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_runtime import FakeRuntime
from handmade_bundles import ACCUMULATED, LOCAL, handmade
from numpy.typing import NDArray
from verdict_cases import VALUES, layer_of, moved, require_only_failure, statuses, values

from xverify.bundle.bundle import Bundle
from xverify.comparison.compare import compare_bundle
from xverify.comparison.policy import Fixed, Policy
from xverify.comparison.results import Status
from xverify.errors import XverifyError

Array = NDArray[Any]


def test_equal_values_pass(verdict_bundle: Bundle) -> None:
    comparison = compare_bundle(
        verdict_bundle, FakeRuntime(values(), values(), {"head": VALUES["head"], "index": VALUES["index"]})
    )
    assert comparison.passed
    assert statuses(comparison) == dict.fromkeys(VALUES, Status.PASSED)
    assert (comparison.coverage.compared, comparison.coverage.total) == (5, 5)
    assert (comparison.first_fault, comparison.problems, comparison.failed) == (None, (), ())
    assert comparison.parameters.checked == 0
    assert "did not read model.onnx" in comparison.parameters.skipped


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_values_of_another_float_type_are_compared_by_value(verdict_bundle: Bundle, dtype: type[np.generic]) -> None:
    assert compare_bundle(verdict_bundle, FakeRuntime(values(conv=VALUES["conv"].astype(dtype)))).passed


def test_an_accumulated_error_beyond_its_tolerance_fails_its_layer_alone(verdict_bundle: Bundle) -> None:
    comparison = compare_bundle(verdict_bundle, FakeRuntime(moved("conv", -3 * ACCUMULATED, (1, 0, 4, 2))))
    require_only_failure(comparison, "conv", reason="accumulated error 0.003 > 0.001")
    measure = layer_of(comparison, "conv").accumulated
    assert measure is not None
    assert measure.worst_index == (1, 0, 4, 2)
    assert measure.expected == pytest.approx(VALUES["conv"][1, 0, 4, 2])
    assert measure.actual == pytest.approx(VALUES["conv"][1, 0, 4, 2] - 3 * ACCUMULATED)
    assert measure.max_error == pytest.approx(3 * ACCUMULATED)
    assert measure.ratio == pytest.approx(3)
    assert comparison.first_fault is None  # without local errors nobody knows where it began


def test_a_local_error_beyond_its_tolerance_fails_though_the_accumulated_one_is_allowed(verdict_bundle: Bundle) -> None:
    error = (LOCAL + ACCUMULATED) / 2
    comparison = compare_bundle(verdict_bundle, FakeRuntime(moved("head", error), moved("head", error)))
    require_only_failure(comparison, "head", reason="local error")
    assert "accumulated" not in layer_of(comparison, "head").reason
    assert comparison.first_fault == "head"


def test_an_accumulated_error_fails_though_the_local_one_is_allowed(verdict_bundle: Bundle) -> None:
    comparison = compare_bundle(verdict_bundle, FakeRuntime(moved("head", 2 * ACCUMULATED), values()))
    require_only_failure(comparison, "head", reason="accumulated error")
    assert comparison.first_fault is None


def test_a_layer_of_another_shape_when_it_is_run_alone_is_the_first_fault(verdict_bundle: Bundle) -> None:
    alone = values(conv=VALUES["conv"][:1], head=VALUES["head"] + np.float32(1))
    assert compare_bundle(verdict_bundle, FakeRuntime(values(), alone)).first_fault == "conv"
    whole = values(conv=VALUES["conv"][:1])
    assert compare_bundle(verdict_bundle, FakeRuntime(whole, values())).first_fault is None
    assert compare_bundle(verdict_bundle, FakeRuntime(whole)).first_fault is None


def test_the_first_fault_is_the_first_in_topological_order(verdict_bundle: Bundle) -> None:
    alone = moved("conv", 2 * LOCAL) | {"head": moved("head", 900 * LOCAL)["head"]}
    comparison = compare_bundle(verdict_bundle, FakeRuntime(values(), list(reversed(alone.items()))))
    assert comparison.first_fault == "conv"
    assert [layer.id for layer in comparison.failed] == ["conv", "head"]


@pytest.mark.parametrize("name", VALUES)
def test_a_missing_layer_is_not_compared(verdict_bundle: Bundle, name: str) -> None:
    whole = {key: value for key, value in VALUES.items() if key != name}
    comparison = compare_bundle(verdict_bundle, FakeRuntime(whole))
    assert not comparison.passed
    assert layer_of(comparison, name).status is Status.NOT_COMPARED
    assert layer_of(comparison, name).reason == "missing from the activations"
    assert comparison.coverage.compared == 4
    assert compare_bundle(verdict_bundle, FakeRuntime(whole), Policy(allow={name: "why"})).passed


def test_a_runtime_without_values_compares_nothing(verdict_bundle: Bundle) -> None:
    for runtime in (FakeRuntime(None), FakeRuntime({}), FakeRuntime(None, values()), FakeRuntime({}, {})):
        comparison = compare_bundle(verdict_bundle, runtime)
        assert not comparison.passed
        assert comparison.coverage.compared == 0


def test_a_layer_that_the_local_run_left_out_is_not_compared(verdict_bundle: Bundle) -> None:
    alone = {key: value for key, value in VALUES.items() if key != "conv"}
    comparison = compare_bundle(verdict_bundle, FakeRuntime(values(), alone))
    assert not comparison.passed
    assert (layer_of(comparison, "conv").status, comparison.coverage.compared) == (Status.NOT_COMPARED, 4)
    assert "missing from the local run" in layer_of(comparison, "conv").reason


def test_an_error_of_a_layer_that_was_not_wholly_compared_still_fails_it(verdict_bundle: Bundle) -> None:
    alone = {key: value for key, value in VALUES.items() if key != "conv"}
    runtime = FakeRuntime(moved("conv", 1.0), alone)
    comparison = compare_bundle(verdict_bundle, runtime, Policy(allow={"conv": "not run alone"}))
    require_only_failure(comparison, "conv", reason="accumulated error 1 >")


@pytest.mark.parametrize("kind", ["whole", "alone", "fast"])
def test_an_extra_variable_keeps_the_whole_from_passing(verdict_bundle: Bundle, kind: str) -> None:
    runs = {"whole": values(), "alone": values(), "fast": values()}
    runs[kind]["extra"] = np.zeros(2, np.float32)
    comparison = compare_bundle(verdict_bundle, FakeRuntime(*runs.values()))
    assert not comparison.passed
    assert comparison.problems == ("'extra' is no layer of this bundle",)
    assert statuses(comparison) == dict.fromkeys(VALUES, Status.PASSED)


@pytest.mark.parametrize("kind", ["whole", "alone", "fast"])
def test_a_duplicate_keeps_the_whole_from_passing_even_where_it_is_equal(verdict_bundle: Bundle, kind: str) -> None:
    runs = {name: list(values().items()) for name in ("whole", "alone", "fast")}
    runs[kind].append(("head", VALUES["head"]))
    comparison = compare_bundle(verdict_bundle, FakeRuntime(*runs.values()))
    assert not comparison.passed
    assert comparison.problems == ("layer 'head' is there 2 times",)


@pytest.mark.parametrize(
    "shape", [(2, 3, 7, 5), (2, 3, 35), (1, 2, 3, 5, 7), (210,), (2, 3, 5, 7, 1), (1, 3, 5, 7), (2, 3, 1, 1), (), (0,), (3, 5, 7)]
)  # fmt: skip
@pytest.mark.parametrize("kind", ["whole", "alone", "fast"])
def test_another_shape_fails_and_is_never_broadcast(verdict_bundle: Bundle, shape: tuple[int, ...], kind: str) -> None:
    runs = {"whole": values(), "alone": values(), "fast": values()}
    runs[kind]["conv"] = np.resize(VALUES["conv"], shape)
    comparison = compare_bundle(verdict_bundle, FakeRuntime(*runs.values()), Policy(allow={"conv": "nothing"}))
    require_only_failure(comparison, "conv", reason=f"shape {'x'.join(map(str, shape)) or 'scalar'} instead of 2x3x5x7")


@pytest.mark.parametrize(
    "value",
    [
        VALUES["conv"].astype(np.int32), VALUES["conv"] > 0, VALUES["conv"].astype(np.complex64), VALUES["conv"].astype(object),
        VALUES["conv"].astype("U5"), VALUES["conv"].astype("S5"), np.zeros((2, 3, 5, 7), "V4"), np.zeros((2, 3, 5, 7), "M8[s]"),
    ],
    ids=lambda value: str(value.dtype),
)  # fmt: skip
def test_values_of_another_kind_fail(verdict_bundle: Bundle, value: Array) -> None:
    comparison = compare_bundle(verdict_bundle, FakeRuntime(values(conv=value)), Policy(default=Fixed(1e9)))
    require_only_failure(comparison, "conv", reason=f"its values are {value.dtype}")


@pytest.mark.parametrize("dtype", [np.complex128, object, "U20"], ids=str)
@pytest.mark.parametrize("name", ["index", "mask"])
def test_integers_and_booleans_of_another_kind_fail(verdict_bundle: Bundle, name: str, dtype: type[Any] | str) -> None:
    comparison = compare_bundle(verdict_bundle, FakeRuntime(values(**{name: VALUES[name].astype(dtype)})))
    require_only_failure(comparison, name, reason="its values are")


def test_a_layer_without_a_value_in_the_model_is_not_compared_by_a_runtime_that_runs_it(tmp_path: Path) -> None:
    bundle = handmade(tmp_path / "net", VALUES, changes={"conv": {"onnx_tensor": ""}})
    without = {key: value for key, value in VALUES.items() if key != "conv"}
    comparison = compare_bundle(bundle, FakeRuntime(without, without))
    assert layer_of(comparison, "conv").reason == "it is no value of model.onnx"
    assert not comparison.passed
    assert compare_bundle(bundle, FakeRuntime(values())).passed  # a file may well have it


def test_the_optimised_run_counts(verdict_bundle: Bundle) -> None:
    fast = {"head": moved("head", 2 * ACCUMULATED)["head"], "index": VALUES["index"]}
    require_only_failure(
        compare_bundle(verdict_bundle, FakeRuntime(values(), values(), fast)), "head", reason="optimised error"
    )


def test_an_output_that_the_optimised_run_left_out_keeps_the_whole_from_passing(verdict_bundle: Bundle) -> None:
    comparison = compare_bundle(verdict_bundle, FakeRuntime(values(), values(), {"head": VALUES["head"]}))
    assert not comparison.passed
    assert comparison.problems == ("output 'index' is missing from the optimised run",)


@pytest.mark.parametrize(
    "policy", [Policy(allow={"nothing": "x"}), Policy(layers=(("nothing", Fixed(1.0)),)), Policy(allow={"net.x": "x"})]
)
def test_unknown_names_are_refused(verdict_bundle: Bundle, policy: Policy) -> None:
    with pytest.raises(XverifyError, match="of this bundle"):
        compare_bundle(verdict_bundle, FakeRuntime(values()), policy)

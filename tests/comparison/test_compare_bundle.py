"""The verdict: every status and reason, and that nothing unmatched passes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_runtime import FakeRuntime
from handmade_bundles import ACCUMULATED, LOCAL, handmade
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Tolerance
from xverify.comparison.compare import compare_bundle
from xverify.comparison.policy import Fixed, Policy
from xverify.comparison.results import Comparison, LayerResult, Status
from xverify.errors import XverifyError

Array = NDArray[Any]
Values = dict[str, Array]

RNG = np.random.default_rng(11)
VALUES: Mapping[str, Array] = {
    "conv": RNG.normal(size=(2, 3, 5, 7)).astype(np.float32),
    "mask": RNG.normal(size=(2, 3)) > 0,
    "index": np.array([4, 2**53 + 1, -7], np.int64),
    "head": RNG.normal(size=(2, 4)).astype(np.float32),
    "total": np.array(1.5, np.float32),
}
DIMS = {"conv": "NCHW", "head": "NC"}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return handmade(tmp_path_factory.mktemp("compare") / "net", VALUES, dims=DIMS, outputs=("head", "index"))


def values(**changes: Array) -> Values:
    return dict(VALUES) | changes


def moved(name: str, error: float, index: tuple[int, ...] = ()) -> Values:
    """The reference, but one element of one layer moved by `error`."""
    array = VALUES[name].astype(np.float64)
    array[index or (-1,) * array.ndim] += error
    return values(**{name: array})


def layer_of(comparison: Comparison, name: str) -> LayerResult:
    return next(layer for layer in comparison.layers if layer.id == name)


def statuses(comparison: Comparison) -> dict[str, Status]:
    return {layer.id: layer.status for layer in comparison.layers}


def require_only_failure(comparison: Comparison, name: str, *, reason: str) -> None:
    assert not comparison.passed
    assert statuses(comparison) == dict.fromkeys(VALUES, Status.PASSED) | {name: Status.FAILED}
    assert reason in layer_of(comparison, name).reason


def test_equal_values_pass(bundle: Bundle) -> None:
    comparison = compare_bundle(
        bundle, FakeRuntime(values(), values(), {"head": VALUES["head"], "index": VALUES["index"]})
    )
    assert comparison.passed
    assert statuses(comparison) == dict.fromkeys(VALUES, Status.PASSED)
    assert (comparison.coverage.compared, comparison.coverage.total) == (5, 5)
    assert (comparison.first_fault, comparison.problems, comparison.failed) == (None, (), ())
    assert comparison.parameters.checked == 0
    assert "came from a file" in comparison.parameters.skipped


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_values_of_another_float_type_are_compared_by_value(bundle: Bundle, dtype: type[np.generic]) -> None:
    comparison = compare_bundle(bundle, FakeRuntime(values(conv=VALUES["conv"].astype(dtype))))
    assert layer_of(comparison, "conv").status is (Status.FAILED if dtype is np.float16 else Status.PASSED)


def test_an_accumulated_error_beyond_its_tolerance_fails_its_layer_alone(bundle: Bundle) -> None:
    comparison = compare_bundle(bundle, FakeRuntime(moved("conv", -3 * ACCUMULATED, (1, 0, 4, 2))))
    require_only_failure(comparison, "conv", reason="accumulated error 0.003 > 0.001")
    measure = layer_of(comparison, "conv").accumulated
    assert measure is not None
    assert measure.worst_index == (1, 0, 4, 2)
    assert measure.expected == pytest.approx(VALUES["conv"][1, 0, 4, 2])
    assert measure.actual == pytest.approx(VALUES["conv"][1, 0, 4, 2] - 3 * ACCUMULATED)
    assert measure.max_error == pytest.approx(3 * ACCUMULATED)
    assert measure.ratio == pytest.approx(3)
    assert comparison.first_fault is None  # without local errors nobody knows where it began


def test_a_local_error_beyond_its_tolerance_fails_though_the_accumulated_one_is_allowed(bundle: Bundle) -> None:
    error = (LOCAL + ACCUMULATED) / 2
    comparison = compare_bundle(bundle, FakeRuntime(moved("head", error), moved("head", error)))
    require_only_failure(comparison, "head", reason="local error")
    assert "accumulated" not in layer_of(comparison, "head").reason
    assert comparison.first_fault == "head"


def test_an_accumulated_error_fails_though_the_local_one_is_allowed(bundle: Bundle) -> None:
    comparison = compare_bundle(bundle, FakeRuntime(moved("head", 2 * ACCUMULATED), values()))
    require_only_failure(comparison, "head", reason="accumulated error")
    assert comparison.first_fault is None


def test_the_first_fault_is_the_first_in_topological_order(bundle: Bundle) -> None:
    alone = moved("conv", 2 * LOCAL) | {"head": moved("head", 900 * LOCAL)["head"]}
    comparison = compare_bundle(bundle, FakeRuntime(values(), list(reversed(alone.items()))))
    assert comparison.first_fault == "conv"
    assert [layer.id for layer in comparison.failed] == ["conv", "head"]


@pytest.mark.parametrize("name", VALUES)
def test_a_missing_layer_is_not_compared(bundle: Bundle, name: str) -> None:
    whole = {key: value for key, value in VALUES.items() if key != name}
    comparison = compare_bundle(bundle, FakeRuntime(whole))
    assert not comparison.passed
    assert layer_of(comparison, name).status is Status.NOT_COMPARED
    assert layer_of(comparison, name).reason == "missing from the activations"
    assert comparison.coverage.compared == 4
    assert compare_bundle(bundle, FakeRuntime(whole), Policy(allow={name: "why"})).passed


def test_a_runtime_without_values_compares_nothing(bundle: Bundle) -> None:
    for runtime in (FakeRuntime(None), FakeRuntime({}), FakeRuntime(None, values()), FakeRuntime({}, {})):
        comparison = compare_bundle(bundle, runtime)
        assert not comparison.passed
        assert comparison.coverage.compared == 0


def test_a_layer_that_the_local_run_left_out_is_not_compared(bundle: Bundle) -> None:
    alone = {key: value for key, value in VALUES.items() if key != "conv"}
    comparison = compare_bundle(bundle, FakeRuntime(values(), alone))
    assert not comparison.passed
    assert (layer_of(comparison, "conv").status, comparison.coverage.compared) == (Status.NOT_COMPARED, 4)
    assert "missing from the local run" in layer_of(comparison, "conv").reason


def test_an_error_of_a_layer_that_was_not_wholly_compared_still_fails_it(bundle: Bundle) -> None:
    alone = {key: value for key, value in VALUES.items() if key != "conv"}
    runtime = FakeRuntime(moved("conv", 1.0), alone)
    comparison = compare_bundle(bundle, runtime, Policy(allow={"conv": "not run alone"}))
    require_only_failure(comparison, "conv", reason="accumulated error 1 >")


@pytest.mark.parametrize("kind", ["whole", "alone", "fast"])
def test_an_extra_variable_keeps_the_whole_from_passing(bundle: Bundle, kind: str) -> None:
    runs = {"whole": values(), "alone": values(), "fast": values()}
    runs[kind]["extra"] = np.zeros(2, np.float32)
    comparison = compare_bundle(bundle, FakeRuntime(**runs))
    assert not comparison.passed
    assert comparison.problems == ("'extra' is no layer of this bundle",)
    assert statuses(comparison) == dict.fromkeys(VALUES, Status.PASSED)


@pytest.mark.parametrize("kind", ["whole", "alone", "fast"])
def test_a_duplicate_keeps_the_whole_from_passing_even_where_it_is_equal(bundle: Bundle, kind: str) -> None:
    runs = {name: list(values().items()) for name in ("whole", "alone", "fast")}
    runs[kind].append(("head", VALUES["head"]))
    comparison = compare_bundle(bundle, FakeRuntime(**runs))
    assert not comparison.passed
    assert comparison.problems == ("layer 'head' is there 2 times",)


@pytest.mark.parametrize(
    "shape", [(2, 3, 7, 5), (2, 3, 35), (1, 2, 3, 5, 7), (210,), (2, 3, 5, 7, 1), (1, 3, 5, 7), (2, 3, 1, 1), (), (0,), (3, 5, 7)]
)  # fmt: skip
@pytest.mark.parametrize("kind", ["whole", "alone", "fast"])
def test_another_shape_fails_and_is_never_broadcast(bundle: Bundle, shape: tuple[int, ...], kind: str) -> None:
    runs = {"whole": values(), "alone": values(), "fast": values()}
    runs[kind]["conv"] = np.resize(VALUES["conv"], shape)
    comparison = compare_bundle(bundle, FakeRuntime(**runs), Policy(allow={"conv": "nothing"}))
    require_only_failure(comparison, "conv", reason=f"shape {'x'.join(map(str, shape)) or 'scalar'} instead of 2x3x5x7")


@pytest.mark.parametrize(
    "value",
    [
        VALUES["conv"].astype(np.int32), VALUES["conv"] > 0, VALUES["conv"].astype(np.complex64), VALUES["conv"].astype(object),
        VALUES["conv"].astype("U5"), VALUES["conv"].astype("S5"), np.zeros((2, 3, 5, 7), "V4"), np.zeros((2, 3, 5, 7), "M8[s]"),
    ],
    ids=lambda value: str(value.dtype),
)  # fmt: skip
def test_values_of_another_kind_fail(bundle: Bundle, value: Array) -> None:
    comparison = compare_bundle(bundle, FakeRuntime(values(conv=value)), Policy(default=Fixed(1e9)))
    require_only_failure(comparison, "conv", reason=f"its values are {value.dtype}")


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
    bundle: Bundle, name: str, value: Array
) -> None:
    policy = Policy(default=Fixed(1e30, 1e30), allow={name: "no"})
    comparison = compare_bundle(bundle, FakeRuntime(values(**{name: value}), values()), policy)
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
def test_nan_and_inf_at_other_places_fail_under_any_tolerance(bundle: Bundle, value: float, policy: Policy) -> None:
    spoiled = VALUES["conv"].copy()
    spoiled[1, 2, 3, 4] = value
    comparison = compare_bundle(bundle, FakeRuntime(values(conv=spoiled)), policy)
    require_only_failure(comparison, "conv", reason="where the reference has")
    measure = layer_of(comparison, "conv").accumulated
    assert measure is not None
    assert measure.worst_index == (1, 2, 3, 4)
    assert json.loads(json.dumps(comparison.to_dict(), allow_nan=True))  # it has a JSON form


@pytest.mark.parametrize("policy", [Policy(), Policy(default=Fixed(1e-4)), Policy(default=Fixed(0.0, 1e-3))])
@pytest.mark.parametrize("whole_layer", [False, True])
def test_a_masked_layer_passes_where_its_infinities_match(tmp_path: Path, policy: Policy, whole_layer: bool) -> None:  # noqa: FBT001
    reference = VALUES["head"].copy()
    reference[0] = -np.inf
    if whole_layer:
        reference[1] = np.inf
    bundle = handmade(tmp_path / "net", {"masked": reference})
    assert compare_bundle(bundle, FakeRuntime({"masked": reference.copy()}), policy).passed
    assert compare_bundle(bundle, FakeRuntime({"masked": reference * np.float32(1 + 1e-7)}), policy).passed
    assert not compare_bundle(bundle, FakeRuntime({"masked": -reference}), policy).passed


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
    assert "'dead' was accepted without a comparison: dead unit" in permitted.notes


def test_a_permission_never_passes_a_failed_layer(tmp_path: Path) -> None:
    zeros = {"dead": np.zeros((2, 3), np.float32), "head": VALUES["head"]}
    bundle = handmade(tmp_path / "net", zeros, changes={"dead": ZERO})
    other = zeros | {"dead": np.full((2, 3), 0.1, np.float32)}
    comparison = compare_bundle(bundle, FakeRuntime(other), Policy(allow={"dead": "dead unit"}))
    assert (comparison.passed, layer_of(comparison, "dead").status) == (False, Status.FAILED)
    assert layer_of(comparison, "dead").permitted == ""


def test_a_permission_for_a_layer_that_was_compared_is_said_to_be_idle(bundle: Bundle) -> None:
    comparison = compare_bundle(bundle, FakeRuntime(values()), Policy(allow={"head": "never looked"}))
    assert comparison.passed
    assert any("'head' was compared" in note for note in comparison.notes)


@pytest.mark.parametrize(
    "policy", [Policy(allow={"nothing": "x"}), Policy(layers=(("nothing", Fixed(1.0)),)), Policy(allow={"net.x": "x"})]
)
def test_unknown_names_are_refused(bundle: Bundle, policy: Policy) -> None:
    with pytest.raises(XverifyError, match="of this bundle"):
        compare_bundle(bundle, FakeRuntime(values()), policy)


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
    assert any("judged by their local error alone" in note for note in passed.notes)
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
    for runtime in (
        FakeRuntime(values(head=head), values()),
        FakeRuntime(values(), values(), {"head": head, "index": VALUES["index"]}),
    ):
        require_only_failure(
            compare_bundle(bundle, runtime), "head", reason="where the reference has"
        ) if runtime.fast is None else None
        assert layer_of(compare_bundle(bundle, runtime), "head").status is Status.FAILED


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


def test_a_layer_without_a_value_in_the_model_is_not_compared_by_a_runtime_that_runs_it(tmp_path: Path) -> None:
    bundle = handmade(tmp_path / "net", VALUES, changes={"conv": {"onnx_tensor": ""}})
    without = {key: value for key, value in VALUES.items() if key != "conv"}
    comparison = compare_bundle(bundle, FakeRuntime(without, without))
    assert layer_of(comparison, "conv").reason == "it is no value of model.onnx"
    assert not comparison.passed
    assert compare_bundle(bundle, FakeRuntime(values())).passed  # a file may well have it


def test_the_optimised_run_counts(bundle: Bundle) -> None:
    fast = {"head": moved("head", 2 * ACCUMULATED)["head"], "index": VALUES["index"]}
    require_only_failure(
        compare_bundle(bundle, FakeRuntime(values(), values(), fast)), "head", reason="optimised error"
    )


def test_an_output_that_the_optimised_run_left_out_keeps_the_whole_from_passing(bundle: Bundle) -> None:
    comparison = compare_bundle(bundle, FakeRuntime(values(), values(), {"head": VALUES["head"]}))
    assert not comparison.passed
    assert comparison.problems == ("output 'index' is missing from the optimised run",)


# --- aliases -----------------------------------------------------------------------------------------------------------------

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
    changes: dict[str, dict[str, Any]] = {"dead": ZERO, "copy": ZERO | {"alias_of": "dead", "onnx_tensor": ""}}
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


# --- tolerances at their border ----------------------------------------------------------------------------------------------


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
def test_one_element_beyond_its_tolerance_never_passes(bundle: Bundle, data: st.DataObject) -> None:
    kind, allowed = data.draw(st.sampled_from([("whole", ACCUMULATED), ("alone", LOCAL), ("fast", ACCUMULATED)]))
    name = data.draw(st.sampled_from(["head"] if kind == "fast" else ["conv", "head", "total"]))
    noise = allowed * data.draw(WITHIN) * np.random.default_rng(0).uniform(-1, 1, VALUES[name].shape)
    runs = {"whole": values(), "alone": values(), "fast": {"head": VALUES["head"], "index": VALUES["index"]}}
    runs[kind][name] = VALUES[name] + noise
    assert compare_bundle(bundle, FakeRuntime(**runs)).passed
    index = tuple(data.draw(st.integers(0, size - 1)) for size in VALUES[name].shape)
    spoiled = np.array(VALUES[name] + noise)
    spoiled[index] = VALUES[name][index] + data.draw(st.sampled_from([1, -1])) * allowed * data.draw(BEYOND)
    runs[kind][name] = spoiled
    comparison = compare_bundle(bundle, FakeRuntime(**runs))
    assert not comparison.passed
    assert statuses(comparison)[name] is Status.FAILED


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fixed=st.builds(Fixed, st.floats(0, 0.3), st.floats(0, 0.3)), scale=st.floats(0, 0.5), seed=st.integers(0, 999))
def test_fixed_tolerances_decide_like_numpy(bundle: Bundle, fixed: Fixed, scale: float, seed: int) -> None:
    actual = VALUES["conv"] + scale * np.random.default_rng(seed).uniform(-1, 1, VALUES["conv"].shape)
    expected = VALUES["conv"].astype(np.float64)
    comparison = compare_bundle(bundle, FakeRuntime(values(conv=actual)), Policy(layers=(("conv", fixed),)))
    assert comparison.passed == np.allclose(actual, expected, fixed.rtol, fixed.atol)

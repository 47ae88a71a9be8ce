"""What a baseline accepts, and above all what it must not."""

import json
import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sample_comparisons import (
    CAUSE,
    FAULTY,
    LAYERS,
    changed,
    changed_parameters,
    failing,
    layer,
    measure,
    passing,
    recorded,
    with_layers,
)

from xverify.comparison.baseline import beside, judge, read_baseline, runtime_of
from xverify.comparison.known_failures import WORSE
from xverify.comparison.results import Comparison, Confidence, LayerResult, Parameters, Regressions, Status
from xverify.errors import XverifyError
from xverify.report.json_report import to_json

FAULT = "dens_dens_12_norm1"


def kinds(regressions: Regressions) -> list[tuple[str, str]]:
    return [(item.layer, item.kind) for item in regressions.found]


def with_fault(fault: LayerResult) -> Comparison:
    return with_layers(failing(), **{FAULT: fault})


def found(now: Comparison, before: Comparison) -> list[tuple[str, str]]:
    return kinds(beside(now, before, "old.json"))


def test_the_same_failures_are_known_and_nothing_is_worse() -> None:
    regressions = beside(failing(), failing(), "old.json")
    assert regressions.found == ()
    assert [item.layer for item in regressions.known] == [FAULT, "features_denseblock3", "encoder_layers_encod", ""]
    assert "conv_99" in regressions.known[-1].statement
    assert regressions.improved == ()
    judged = judge(failing(), failing(), "old.json")
    assert (judged.passed, judged.accepted) == (False, True)


def test_one_that_passes_as_before_has_no_notes() -> None:
    assert beside(passing(), passing(), "old.json") == Regressions(
        "old.json", passing().date, passing().against, (), (), (), ()
    )


def test_what_passed_before_and_fails_now() -> None:
    worse = judge(failing(), passing(), "old.json")
    assert worse.regressions is not None
    assert kinds(worse.regressions) == [
        (FAULT, "passed before"),
        ("features_denseblock3", "passed before"),
        ("encoder_layers_encod", "coverage lost"),
        ("add_7", "coverage lost"),
        ("", "problem"),
    ]
    assert not worse.accepted


def test_a_permission_since_the_baseline_loses_coverage_even_where_the_comparison_passes() -> None:
    skipped = changed(LAYERS[7], status=Status.NOT_COMPARED, permitted="fused", local=None, accumulated=None)
    now = with_layers(passing(), add_7=skipped)
    judged = judge(now, passing(), "old.json")
    assert now.passed
    assert not judged.passed
    assert judged.regressions is not None
    assert kinds(judged.regressions) == [("add_7", "coverage lost")]


def test_a_permission_that_the_baseline_has_is_no_regression_and_one_that_ended_is() -> None:
    assert ("add_7", "coverage lost") not in found(failing(), failing())
    bare = changed(failing().layers[7], permitted="")
    assert found(with_layers(failing(), add_7=bare), failing()) == [("add_7", "coverage lost")]


@pytest.mark.parametrize(
    ("factor", "worse"), [(0.5, False), (1.0, False), (WORSE * 0.999, False), (WORSE * 1.001, True)]
)
def test_a_known_failure_may_not_grow_beyond_the_factor(factor: float, worse: bool) -> None:
    assert FAULTY.local is not None
    grown = changed(FAULTY, local=measure(FAULTY.local.error * factor, FAULTY.local.allowed))
    assert found(with_fault(grown), failing()) == ([(FAULT, "worse")] if worse else [])


def test_a_looser_tolerance_does_not_hide_in_the_ratio_unseen() -> None:
    assert FAULTY.local is not None
    looser = changed(FAULTY, local=measure(FAULTY.local.error * 15, FAULTY.local.allowed * 15))
    regressions = beside(with_fault(looser), failing(), "old.json")
    assert regressions.found == ()
    assert any("more than 10 times the error" in note for note in regressions.notes)


def fixed(error: float, allowed: float, **changes: Any) -> Comparison:
    """Judged by a tolerance that the user gave."""
    reason = f"fixed: atol {allowed:g}, rtol 0"
    return with_fault(
        changed(FAULTY, local=measure(error, allowed), accumulated=None, tolerance_reason=reason, **changes)
    )


def test_a_stricter_tolerance_in_the_baseline_covers_no_later_fault() -> None:
    """Rounding fails there with a huge ratio: beside it a real fault is small."""
    strict = fixed(1e-7, 1e-12)
    calibrated = with_fault(changed(FAULTY, local=measure(1e-3, 4e-7), accumulated=None))
    assert found(calibrated, strict) == [(FAULT, "worse")]
    assert found(fixed(1e-3, 1e-7), strict) == [(FAULT, "worse")]
    assert found(fixed(1.9e-7, 1e-12), strict) == []
    same = with_fault(changed(FAULTY, local=measure(1.9e-7, 1e-8), accumulated=None))
    assert found(same, strict) == []


def test_another_factor_in_the_baseline_is_another_rule() -> None:
    def calibrated(error: float, factor: int, floor: float) -> Comparison:
        reason = f"local: {factor} x {floor:g} (eps32 x magnitude 3); accumulated: 10 x 1e-6 (the spread of PyTorch's float32 runs)"
        local = measure(error, factor * floor)
        return with_fault(changed(FAULTY, local=local, accumulated=None, tolerance_reason=reason))

    assert found(calibrated(5e-3, 6, 1e-7), calibrated(1e-3, 1, 1e-7)) == [(FAULT, "worse")]
    assert found(calibrated(5e-3, 6, 5e-7), calibrated(1e-3, 6, 1e-7)) == []  # other inputs: all is five times as large


def test_a_looser_tolerance_than_the_baselines_does_not_let_the_error_grow() -> None:
    assert found(fixed(3e-3, 1e-4), fixed(1e-3, 1e-5)) == [(FAULT, "worse")]


def test_a_layer_that_only_has_the_id_of_a_known_failure() -> None:
    other = changed(FAULTY, operation="linear")
    regressions = beside(with_fault(other), failing(), "old.json")
    assert kinds(regressions) == [(FAULT, "other fault")]
    assert "linear instead of batch_norm" in regressions.found[0].statement
    skipped = failing().layers[6]
    another = changed(skipped, operation="softmax")
    assert found(with_layers(failing(), encoder_layers_encod=another), failing()) == [(skipped.id, "other fault")]


def test_another_shape_beside_a_measure_that_fails() -> None:
    def with_reason(reason: str) -> Comparison:
        return with_fault(changed(FAULTY, reason=reason, local=None))

    assert found(with_reason("shape 2x3 instead of 2x4"), with_reason("shape 2x3 instead of 2x4")) == []
    assert found(with_reason("shape 2x9 instead of 2x4"), with_reason("shape 2x3 instead of 2x4")) == [
        (FAULT, "other fault")
    ]
    grown = "accumulated error 0.0015 > 1.21e-06"
    assert found(with_reason(grown), with_reason("accumulated error 0.0013 > 1.21e-06")) == []


def test_a_failure_that_no_rule_knows_is_no_known_one() -> None:
    empty = msgspec.structs.replace(passing(), passed=False, layers=())
    assert found(empty, empty) == [("", "problem")]


def test_where_equality_is_asked_for_the_error_itself_may_not_double() -> None:
    def exact(error: float) -> Comparison:
        fault = changed(FAULTY, local=measure(error, 0.0, problem="3 of 9 values differ"), accumulated=None)
        return with_fault(fault)

    assert found(exact(3.0), exact(2.0)) == []
    assert found(exact(5.0), exact(2.0)) == [(FAULT, "worse")]


@pytest.mark.parametrize(
    ("now", "before", "kind"),
    [
        (math.nan, 1e-3, "other fault"),
        (1e-3, math.nan, "other fault"),
        (math.nan, math.nan, None),
    ],
)
def test_nan_is_no_number_that_did_not_grow(now: float, before: float, kind: str | None) -> None:
    def with_error(error: float) -> Comparison:
        problem = "NaN where the reference has 0.5" if math.isnan(error) else ""
        return with_fault(changed(FAULTY, local=measure(error, 3.97e-7, passed=False, problem=problem)))

    assert found(with_error(now), with_error(before)) == ([(FAULT, kind)] if kind else [])


def with_nan(first: tuple[int, ...], count: int, **changes: Any) -> Comparison:
    nan = measure(math.nan, 3.97e-7, passed=False, problem="NaN where the reference has 0.5", worst_index=first)
    detail = msgspec.structs.replace(failing().details[0], decades=((0.0, 9), (math.inf, count)))
    return msgspec.structs.replace(with_fault(changed(FAULTY, local=nan, **changes)), details=(detail,), causes=())


def test_nan_that_stands_elsewhere_or_spreads_is_worse() -> None:
    before = with_nan((0, 1, 2, 3), 4)
    assert found(with_nan((0, 1, 2, 3), 8), before) == []
    assert found(with_nan((0, 1, 2, 3), 9), before) == [(FAULT, "worse")]
    assert found(with_nan((0, 1, 2, 4), 4), before) == [(FAULT, "worse")]
    assert found(with_nan((0, 1, 2, 4), 4, shape=(1, 608, 14, 12)), before) == []


def test_nan_without_a_problem_is_worse_than_a_number() -> None:
    odd = with_fault(changed(FAULTY, local=measure(math.nan, 3.97e-7, passed=False)))
    assert found(odd, failing()) == [(FAULT, "worse")]


def test_a_layer_behind_a_known_fault_that_is_wrong_itself_now() -> None:
    behind = failing().layers[5]
    own = changed(behind, local=measure(1e-3, 3.97e-7))
    now = msgspec.structs.replace(with_layers(failing(), features_denseblock3=own), faults=(FAULT, behind.id))
    assert found(now, failing()) == [(behind.id, "other fault")]


def test_a_fault_that_only_shows_since_the_one_above_it_was_mended_was_never_accepted() -> None:
    """Without local errors: the layer failed before, too, but then because of what it reads."""
    mended = changed(LAYERS[4], local=None)
    behind = changed(failing().layers[5], local=None, inherited_from=(FAULT,))
    before = msgspec.structs.replace(
        with_layers(failing(), dens_dens_12_norm1=changed(FAULTY, local=None), features_denseblock3=behind), causes=()
    )
    now = msgspec.structs.replace(
        with_layers(before, dens_dens_12_norm1=mended, features_denseblock3=changed(behind, inherited_from=())),
        faults=(behind.id,),
    )
    regressions = beside(now, before, "old.json")
    assert kinds(regressions) == [(behind.id, "other fault")]
    assert FAULT in regressions.found[0].statement
    assert regressions.improved == (FAULT,)


def test_another_measure_that_fails_is_another_fault() -> None:
    before = with_fault(changed(FAULTY, local=LAYERS[4].local))
    before = msgspec.structs.replace(before, causes=())
    assert found(with_fault(FAULTY), before) == [(FAULT, "other fault")]


def test_another_cause_is_another_fault_where_both_are_sure() -> None:
    other = msgspec.structs.replace(CAUSE, kind="padding")
    now = msgspec.structs.replace(failing(), causes=(other,))
    assert found(now, failing()) == [(FAULT, "other fault")]
    unsure = msgspec.structs.replace(other, confidence=Confidence.PARTIAL)
    assert found(failing(), msgspec.structs.replace(failing(), causes=(unsure,))) == []


def test_a_certain_cause_that_explains_no_more_is_another_fault_where_it_was_looked_for() -> None:
    unexplained = msgspec.structs.replace(failing(), causes=())
    assert [item.layer for item in unexplained.details] == [FAULT]
    assert found(unexplained, failing()) == [(FAULT, "other fault")]
    in_part = msgspec.structs.replace(
        failing(), causes=(msgspec.structs.replace(CAUSE, confidence=Confidence.PARTIAL),)
    )
    assert found(in_part, failing()) == [(FAULT, "other fault")]
    assert found(msgspec.structs.replace(unexplained, details=()), failing()) == []
    likely = msgspec.structs.replace(CAUSE, confidence=Confidence.LIKELY)
    assert found(unexplained, msgspec.structs.replace(failing(), causes=(likely,))) == []


def test_another_shape_is_another_fault() -> None:
    before = recorded()
    assert found(before, before) == []
    wrong = changed(before.layers[4], reason="shape is 1x1, PyTorch's is 2x608x14x12")
    assert found(with_layers(before, **{FAULT: wrong}), before) == [(FAULT, "other fault")]


def test_not_compared_for_another_reason_and_a_reason_with_other_numbers() -> None:
    def skipped(reason: str) -> Comparison:
        return with_layers(failing(), encoder_layers_encod=changed(failing().layers[6], reason=reason))

    assert found(skipped("missing"), failing()) == [("encoder_layers_encod", "other fault")]
    assert found(skipped("rounds by 1.5e-3"), skipped("rounds by 2")) == []


def test_a_failure_that_is_not_compared_any_more_is_lost_and_one_that_was_not_is_no_excuse_to_fail() -> None:
    unseen = changed(FAULTY, status=Status.NOT_COMPARED, reason="missing", local=None, accumulated=None)
    assert found(with_fault(unseen), failing()) == [(FAULT, "coverage lost")]
    assert found(failing(), with_fault(unseen)) == [(FAULT, "other fault")]


def test_a_layer_that_is_not_run_alone_any_more_is_lost() -> None:
    whole = tuple(changed(item, local=None) for item in LAYERS)
    now = msgspec.structs.replace(passing(), layers=whole)
    assert found(now, passing()) == [(item.id, "coverage lost") for item in LAYERS]
    assert found(passing(), now) == []


def test_new_layers_must_pass_and_layers_that_went_are_lost() -> None:
    new = layer("extra", "relu", (2, 3), status=Status.FAILED, reason="local error 1 > 0", local=measure(1.0, 0.0))
    fine = layer("fine", "relu", (2, 3))
    now = msgspec.structs.replace(failing(), layers=(*failing().layers, new, fine))
    assert found(now, failing()) == [("extra", "new layer")]
    assert found(failing(), now) == [("extra", "coverage lost"), ("fine", "coverage lost")]


def test_parameters() -> None:
    assert found(changed_parameters(3), changed_parameters(3)) == []
    assert found(changed_parameters(3), changed_parameters(2)) == [("", "changed parameter")]
    fewer = beside(changed_parameters(2), changed_parameters(3), "old.json")
    assert (fewer.found, fewer.improved) == ((), ("block.2.weight",))
    assert any("by name" in note for note in fewer.notes)
    other = changed_parameters(1)
    problem = msgspec.structs.replace(other.parameters.changed[0], problem="608 of 608 values differ")
    other = msgspec.structs.replace(other, parameters=Parameters(checked=364, changed=(problem,)))
    assert found(other, changed_parameters(1)) == [("", "changed parameter")]
    unchecked = msgspec.structs.replace(failing(), parameters=Parameters(0, (), "switched off"))
    first = beside(changed_parameters(1), unchecked, "old.json").found[0]
    assert (first.kind, "was not checked in the baseline" in first.statement) == ("changed parameter", True)
    assert found(unchecked, changed_parameters(1)) == [("", "coverage lost")]


def test_the_problem_that_counts_parameters_is_judged_parameter_by_parameter() -> None:
    def counted(count: int) -> Comparison:
        problem = f"{count} of 364 parameters of model.onnx are not PyTorch's, first 'block.0.weight' (1 of 608 values differs)"
        return msgspec.structs.replace(changed_parameters(count), problems=(problem,))

    assert found(counted(2), counted(3)) == []
    assert found(counted(3), counted(2)) == [("", "changed parameter")]


def test_problems_are_compared_as_they_are() -> None:
    now = msgspec.structs.replace(failing(), problems=("layer 'a' is there 2 times",))
    regressions = beside(now, failing(), "old.json")
    assert kinds(regressions) == [("", "problem")]
    assert regressions.improved == failing().problems


def test_what_is_better_is_told() -> None:
    regressions = beside(passing(), failing(), "old.json")
    assert regressions.found == ()
    assert regressions.improved[:3] == (FAULT, "features_denseblock3", "encoder_layers_encod")


def test_the_notes_say_what_may_go_unseen() -> None:
    notes = beside(failing(), failing(), "old.json").notes
    assert any("2 layers" in note and "doubles" in note for note in notes)
    assert any("not compared, now as in the baseline" in note for note in notes)
    notes = beside(recorded(), recorded(), "old.json").notes
    assert any("not run alone" in note for note in notes)
    assert any("not finite" in note for note in notes)
    moved = msgspec.structs.replace(passing(), bundle_id="other", against="onnxruntime 1.40.0")
    notes = beside(moved, passing(), "old.json").notes
    assert any("another export" in note for note in notes)
    assert any("onnxruntime 1.40.0" in note for note in notes)


def test_a_looser_tolerance_of_the_optimised_run_is_told() -> None:
    looser = changed(LAYERS[-1], optimised=measure(1e-3, 1.0))
    notes = beside(with_layers(passing(), classifier=looser), passing(), "old.json").notes
    assert any("more than 10 times the error" in note for note in notes)


def test_local_errors_of_another_kind_are_told() -> None:
    own = msgspec.structs.replace(passing(), on_own_inputs=True)
    assert any("in the baseline on PyTorch's" in note for note in beside(own, passing(), "old.json").notes)
    assert beside(own, own, "old.json").notes == ()
    whole = msgspec.structs.replace(passing(), layers=tuple(changed(item, local=None) for item in LAYERS))
    assert beside(own, whole, "old.json").notes == ()


# --- which baseline belongs to which comparison ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("onnxruntime 1.32.0", "onnxruntime 1.20.1"),
        ("GNU Octave 7.3.0", "GNU Octave"),
        ("MATLAB R2024b", "MATLAB"),
        ("run-1.mat (MATLAB R2024b)", "run-2.mat (MATLAB R2025a)"),
        ("a b (c).mat (unlabelled)", "d.mat (unlabelled)"),
    ],
)
def test_versions_do_not_make_another_runtime(one: str, other: str) -> None:
    assert runtime_of(one) == runtime_of(other)


def test_runtimes_are_not_taken_for_each_other() -> None:
    names = ("onnxruntime 1.32.0", "GNU Octave 7.3.0", "MATLAB R2024b", "a.mat (MATLAB R2024b)", "a.mat (unlabelled)")
    assert len({runtime_of(name) for name in names}) == len(names)


def saved(tmp_path: Path, *comparisons: Comparison) -> Path:
    path = tmp_path / "old.json"
    path.write_bytes(to_json(*comparisons))
    return path


def named(against: str, **changes: Any) -> Comparison:
    return msgspec.structs.replace(passing(), against=against, **changes)


def test_several_are_matched_by_runtime_then_by_file(tmp_path: Path) -> None:
    names = ("onnxruntime 1.30.0", "a.mat (MATLAB R2024b)", "b.mat (MATLAB R2024b)")
    baseline = read_baseline(saved(tmp_path, *map(named, names)))
    for asked, expected in [("onnxruntime 1.32.0", 0), ("b.mat (MATLAB R2025a)", 2)]:
        assert baseline.matching(asked, passing().model).against == names[expected]
    for asked in ("c.mat (MATLAB R2024b)", "GNU Octave"):
        with pytest.raises(XverifyError, match=r"several comparisons|no comparison") as caught:
            baseline.matching(asked, passing().model)
        assert "--json" in caught.value.hint


def test_a_baseline_of_another_model_is_refused(tmp_path: Path) -> None:
    baseline = read_baseline(saved(tmp_path, passing()))
    with pytest.raises(XverifyError, match="densenet121") as caught:
        baseline.matching("onnxruntime 1.32.0", "resnet18")
    assert caught.value.hint


def test_a_baseline_made_beside_a_baseline_is_one_like_any_other(tmp_path: Path) -> None:
    older = judge(failing(), failing(), "older.json")
    before = read_baseline(saved(tmp_path, older)).matching(older.against, older.model)
    assert found(failing(), before) == []
    assert json.loads(to_json(older))["regressions"]["found"] == []

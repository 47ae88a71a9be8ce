import math

import msgspec
from sample_comparisons import (
    CAUSE,
    FAULTY,
    HOSTILE,
    LAYERS,
    changed,
    changed_parameters,
    failing,
    hostile,
    measure,
    passing,
    recorded,
    with_layers,
)

from xverify.comparison.results import Comparison, Confidence, Coverage, LayerResult, Parameters, Status
from xverify.report import faults, summary


def fault_of(comparison: Comparison) -> dict[str, str]:
    layer = faults.faulty_layer(comparison)
    assert layer is not None
    return dict(faults.fault_facts(comparison, layer))


def only(layer: LayerResult) -> Comparison:
    return passing(passed=False, layers=(layer,), coverage=Coverage(1, 1))


def test_statuses_have_a_word_each() -> None:
    words = {layer.id: summary.status_word(layer) for layer in failing().layers}
    assert words["features_conv0"] == "passed"
    assert words["dens_dens_12_norm1"] == "FAILED"
    assert words["encoder_layers_encod"] == "not compared"
    assert words["add_7"] == "permitted"


def test_a_passed_layer_is_never_called_permitted() -> None:
    assert summary.status_word(changed(LAYERS[0], permitted="not needed after all")) == "passed"


def test_coverage_counts_what_is_missing() -> None:
    assert summary.coverage(passing()) == "10/10 compared"
    assert summary.coverage(failing()) == "8/10 compared; 2 failed, 1 not compared, 1 permitted"


def test_parameters() -> None:
    assert summary.parameters(passing()) == "364 checked bit for bit, none changed"
    assert summary.parameters(changed_parameters(3)) == "364 checked bit for bit, 3 CHANGED"
    assert summary.parameters(recorded()) == "not checked: a recorded file has no parameters"


def test_the_worst_layer_has_the_largest_ratio_not_the_largest_error() -> None:
    near = changed(LAYERS[0], local=measure(1.0e-7, 1.1e-7))
    large = changed(LAYERS[1], local=measure(2.0e-3, 1.0e-1))
    worst = summary.worst(passing(layers=(large, near)), "local")
    assert worst == "worst in features.conv0: 1.00e-07, allowed 1.10e-07 (0.91x)"


def test_nan_is_worse_than_any_number() -> None:
    exact = changed(LAYERS[0], local=measure(1.0, 0.0))
    undefined = changed(LAYERS[1], local=measure(math.nan, 1.0, passed=False))
    for layers in ((exact, undefined), (undefined, exact)):
        assert summary.worst(passing(layers=layers), "local") == "worst in features.norm0: NaN, allowed 1.00e+00"


def test_a_worst_layer_that_must_be_equal() -> None:
    exact = changed(LAYERS[0], local=measure(1.0, 0.0))
    assert "1.00e+00, allowed 0 (must be equal)" in summary.worst(passing(layers=(exact, LAYERS[1])), "local")


def test_equality_everywhere_and_nothing_measured() -> None:
    equal = (LAYERS[2], LAYERS[3])
    assert summary.worst(passing(layers=equal), "local") == "0 in every layer"
    assert summary.worst(passing(layers=equal[:1]), "local") == "0 in features.relu0"
    assert summary.worst(recorded(), "local") == "not measured"


def test_the_optimised_run_is_told_where_there_was_one() -> None:
    assert dict(summary.overview(passing()))["optimised"].startswith("worst in classifier: 3.00e-07")
    assert "optimised" not in dict(summary.overview(recorded()))


def test_the_first_fault_tells_where_how_much_why_and_what_next() -> None:
    facts = fault_of(failing())
    assert faults.fault_title(failing()) == "First fault"
    assert facts["layer"] == "features.denseblock3.denselayer12.norm1 (dens_dens_12_norm1): batch_norm, 2x608x14x12"
    assert facts["reason"] == "the local error is above what is allowed"
    assert facts["local error"] == "1.24e-03, allowed 3.97e-07 (3123x)"
    assert facts["accumulated error"] == "1.30e-03, allowed 1.21e-06 (1074x)"
    assert facts["worst at"] == "[1, 12, 3, 4]: onnxruntime 1.32.0 has 0.123456789, PyTorch has 0.122156789"
    assert facts["allowed because"] == "calibrated: 6 x local floor 6.62e-08, 10 x accumulated floor 1.21e-07"
    assert "next" not in facts  # the cause says what to do
    unexplained = fault_of(msgspec.structs.replace(failing(), causes=()))
    assert "the fault is in the layer itself" in unexplained["next"]


def test_a_cause_says_what_is_wrong_how_sure_that_is_and_what_to_do() -> None:
    facts = fault_of(failing())
    assert facts["cause"] == "The normalisation adds 0.001 to the variance instead of 1e-05. (certain: epsilon)"
    assert facts["tried"] == "PyTorch's layer with that change: error 2.10e-07 instead of 1.24e-03"
    assert facts["evidence"] == "the epsilon was solved from 608 channels"
    assert facts["or"] == "the same values would come from: variance correction"
    assert facts["fix"] == "MATLAB: batchNormalizationLayer('Epsilon', 1e-05)"
    partial = msgspec.structs.replace(CAUSE, confidence=Confidence.PARTIAL, explained=0.953)
    facts = fault_of(msgspec.structs.replace(failing(), causes=(partial,)))
    assert facts["tried"].endswith("; it explains 95% of the error")


def test_other_faults_are_named_beside_the_first() -> None:
    comparison = msgspec.structs.replace(failing(), faults=("dens_dens_12_norm1", "features_conv0"))
    assert fault_of(comparison)["also wrong"] == "features.conv0: not by this fault"


def test_a_layer_that_inherits_its_error_points_to_the_fault() -> None:
    comparison = failing()
    layer = next(item for item in comparison.layers if item.id == "features_denseblock3")
    heir = changed(layer, inherited_from=("dens_dens_12_norm1",))
    assert faults.next_step(comparison, heir) == "Alone, this layer agrees with PyTorch: mend dens_dens_12_norm1 first."


def test_without_a_local_fault_the_first_failing_layer_is_shown_and_not_called_the_fault() -> None:
    facts = fault_of(recorded())
    assert faults.fault_title(recorded()) == "First layer that fails"
    assert facts["layer"].startswith("features.norm0")
    assert facts["worst at"] == "[1, 12, 3, 4]: activations.mat (MATLAB R2024b) has NaN, PyTorch has 0.5"
    assert "local error" not in facts
    assert "xverify compare BUNDLE" in facts["next"]


def test_the_first_fault_comes_before_an_earlier_layer_that_fails_only_downstream() -> None:
    earlier = changed(LAYERS[0], status=Status.FAILED, accumulated=measure(1.0, 1e-6))
    comparison = with_layers(failing(), features_conv0=earlier)
    layer = faults.faulty_layer(comparison)
    assert layer is not None
    assert layer.id == "dens_dens_12_norm1"


def test_nothing_is_faulty_in_a_passed_comparison() -> None:
    assert faults.faulty_layer(passing()) is None


def test_next_steps_name_the_likely_place() -> None:
    failed = changed(LAYERS[4], status=Status.FAILED)
    cases = {
        "block.0.weight": (changed_parameters(1), FAULTY),
        "in the layer itself": (failing(), FAULTY),
        "from other layers": (only(failed), changed(failed, accumulated=measure(1.0, 1e-6))),
        "optimisations": (only(failed), changed(failed, optimised=measure(1.0, 1e-6))),
        "Local errors were not measured": (recorded(), changed(failed, local=None)),
        "Nothing could be measured": (recorded(), changed(failed, local=None, accumulated=None)),
    }
    for words, (comparison, layer) in cases.items():
        assert words in faults.next_step(comparison, layer)


def test_next_steps_say_so_where_local_errors_are_of_the_files_own_inputs() -> None:
    own = msgspec.structs.replace(failing(), on_own_inputs=True)
    enlarged = changed(LAYERS[4], status=Status.FAILED, accumulated=measure(1.0, 1e-6))
    behind = changed(enlarged, local=None)
    cases = {
        "in how its value was written": FAULTY,
        "mend dens_dens_12_norm1 first": changed(behind, inherited_from=("dens_dens_12_norm1",)),
        "an error grows that came from before": enlarged,
        "that the file does not hold": behind,
        "Nothing could be measured": changed(behind, accumulated=None),
    }
    for words, layer in cases.items():
        step = faults.next_step(own, layer)
        assert words in step
        assert "PyTorch's own inputs" not in step
        assert "not measured" not in step


def test_a_local_error_on_the_files_own_inputs_is_against_model_onnx() -> None:
    facts = faults.fault_facts(msgspec.structs.replace(failing(), on_own_inputs=True), FAULTY)
    worst = [fact.text for fact in facts if fact.label == "worst at"]
    assert "model.onnx on the layer's inputs has" in worst[0]
    assert "PyTorch has" in worst[1]


def test_a_scalar_has_no_index() -> None:
    scalar = changed(FAULTY, shape=(), local=measure(1.0, 1e-6, worst_index=(), actual=2.0, expected=1.0))
    facts = fault_of(only(changed(scalar, accumulated=None)))
    assert facts["worst at"] == "onnxruntime 1.32.0 has 2, PyTorch has 1"
    assert "scalar" in facts["layer"]


def test_a_problem_is_not_said_twice() -> None:
    assert "problem" not in fault_of(recorded())
    layers = tuple(changed(layer, reason="see problem") for layer in recorded().layers)
    told = fault_of(msgspec.structs.replace(recorded(), layers=layers))
    assert told["problem"] == "NaN where the reference has 0.5"


def test_changed_parameters_are_cut_at_twenty() -> None:
    entries = summary.changed_parameters(changed_parameters(23))
    assert len(entries) == 21
    assert entries[0] == "block.0.weight: 1 of 608 values differs (initializer init_0, read by dens_dens_12_norm1)"
    assert entries[-1] == "and 3 more"
    assert len(summary.changed_parameters(changed_parameters(20))) == 20


def test_an_initializer_without_parameters_is_named_itself() -> None:
    finding = msgspec.structs.replace(changed_parameters(1).parameters.changed[0], parameters=())
    comparison = passing(parameters=Parameters(1, (finding,)))
    assert summary.changed_parameters(comparison)[0].startswith("init_0: ")


def test_remarks_group_layers_by_reason() -> None:
    chaotic = [changed(layer, reason="judged by its local error alone") for layer in LAYERS[:4]]
    names = "features.conv0, features.norm0, features.relu0, features.pool0"
    assert summary.remarks(chaotic) == [f"{names}: judged by its local error alone"]
    assert summary.remarks(chaotic, 2) == ["features.conv0, features.norm0 and 2 more: judged by its local error alone"]
    assert summary.remarks(LAYERS) == []


def test_a_layer_without_a_reason_is_still_listed_as_not_compared() -> None:
    assert summary.remarks([changed(LAYERS[0], status=Status.NOT_COMPARED)]) == ["features.conv0: no reason given"]


def test_a_permitted_layer_tells_both_reasons() -> None:
    permitted = summary.of_status(failing(), "permitted")
    assert summary.remarks(permitted) == ["add_7: fused by the code generator [not in activations.mat]"]


def test_hostile_text_is_on_one_line() -> None:
    comparison = hostile()
    facts = [*summary.overview(comparison), *fault_of(comparison).items()]
    assert "\n" in HOSTILE
    for _, text in facts:
        assert len(text.splitlines()) == 1
        assert "\x1b" not in text

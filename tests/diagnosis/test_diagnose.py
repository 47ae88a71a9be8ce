"""When an explanation is a cause, and how sure it is; and one found end to end."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
import torch
from fake_runtime import FakeRuntime
from handmade_bundles import handmade
from numpy.typing import NDArray
from torch import nn

import xverify
from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Tolerance
from xverify.comparison.compare import compare_bundle
from xverify.comparison.evidence import Evidence
from xverify.comparison.results import Cause, Confidence
from xverify.diagnosis import diagnose as module
from xverify.diagnosis.diagnose import diagnose
from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.steps import Steps
from xverify.diagnosis.suspect import Suspect
from xverify.workflows.compare import compare

Array = NDArray[Any]
RNG = np.random.default_rng(2)
EXACT = Tolerance(0.0, 0.0, "exact")
EXPECTED = RNG.normal(size=(4, 6)).astype(np.float32)


def offering(*explanations: tuple[str, Array]) -> Callable[[Suspect], Iterator[Explanation]]:
    def hypothesis(suspect: Suspect) -> Iterator[Explanation]:
        for kind, value in explanations:
            yield Explanation(kind, f"It is {kind}.", value, ("mend it",))

    return hypothesis


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bundle:
    monkeypatch.setattr(Steps, "of", lambda *_: None)  # a handmade bundle has no weights.mat to speak of
    monkeypatch.setattr(Steps, "inputs", lambda *_: ())
    return handmade(tmp_path / "net", {"layer": EXPECTED}, changes={"layer": {"magnitude": 3.0, "tolerance": EXACT}})


def causes(
    bundle: Bundle, found: Array, *explanations: tuple[str, Array], monkeypatch: pytest.MonkeyPatch, alone: bool = True
) -> tuple[Cause, ...]:
    monkeypatch.setattr(module, "HYPOTHESES", (offering(*explanations),))
    evidence = Evidence()
    values = {"layer": found}
    comparison = compare_bundle(bundle, FakeRuntime(values, values if alone else None), evidence=evidence)
    assert not comparison.passed
    return diagnose(bundle, comparison, evidence)


def test_an_explanation_that_gives_the_found_values_is_a_cause(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    found = EXPECTED[::-1].copy()
    (cause,) = causes(bundle, found, ("other", EXPECTED * 2), ("reversed", found), monkeypatch=monkeypatch)
    assert (cause.layer, cause.kind, cause.confidence, cause.explained) == (
        "layer",
        "reversed",
        Confidence.CERTAIN,
        1.0,
    )
    assert cause.error_after == 0
    assert cause.error_before == pytest.approx(np.abs(found - EXPECTED).max())
    assert cause.fix == ("mend it",)


def test_one_that_does_not_is_none(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    found = EXPECTED[::-1].copy()
    assert causes(bundle, found, ("other", EXPECTED * 2), ("close", found + 0.5), monkeypatch=monkeypatch) == ()


def test_one_that_changes_nothing_explains_nothing(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    found = EXPECTED + np.float32(5e-7)  # fails by less than an explanation may round
    assert causes(bundle, found, ("nothing", EXPECTED), monkeypatch=monkeypatch) == ()


def test_several_that_fit_are_named_and_then_none_is_certain(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    found = EXPECTED[::-1].copy()
    (cause,) = causes(bundle, found, ("first", found), ("second", found), monkeypatch=monkeypatch)
    assert (cause.kind, cause.alternatives, cause.confidence) == ("first", ("second",), Confidence.LIKELY)


def test_in_a_whole_run_none_is_certain(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    found = EXPECTED[::-1].copy()
    (cause,) = causes(bundle, found, ("reversed", found), monkeypatch=monkeypatch, alone=False)
    assert cause.confidence is Confidence.LIKELY


def test_most_of_an_error_is_a_partial_cause(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    found = EXPECTED * 2
    (cause,) = causes(bundle, found, ("nearly", EXPECTED * np.float32(1.9)), monkeypatch=monkeypatch)
    assert cause.confidence is Confidence.PARTIAL
    assert cause.explained == pytest.approx(0.99, abs=1e-4)
    assert causes(bundle, found, ("half", EXPECTED * np.float32(1.5)), monkeypatch=monkeypatch) == ()


def test_another_shape_can_be_explained(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    found = EXPECTED.T.copy()
    (cause,) = causes(bundle, found, ("short", EXPECTED[:2]), ("transposed", found), monkeypatch=monkeypatch)
    assert (cause.kind, cause.error_before, cause.error_after) == ("transposed", float("inf"), 0.0)


def test_nan_must_stand_where_it_was_found(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    found, elsewhere = EXPECTED.copy(), EXPECTED.copy()
    found[1, 2] = np.nan
    elsewhere[2, 1] = np.nan
    assert causes(bundle, found, ("elsewhere", elsewhere), monkeypatch=monkeypatch) == ()
    (cause,) = causes(bundle, found, ("there", found.copy()), monkeypatch=monkeypatch)
    assert cause.kind == "there"


def test_a_hypothesis_that_breaks_down_costs_neither_the_verdict_nor_the_other_causes(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(suspect: Suspect) -> Iterator[Explanation]:
        yield Explanation("other", "It is other.", EXPECTED * 2, ())
        raise ZeroDivisionError("nothing there")

    found = EXPECTED[::-1].copy()
    monkeypatch.setattr(module, "HYPOTHESES", (broken, offering(("reversed", found))))
    evidence, problems = Evidence(), list[str]()
    comparison = compare_bundle(bundle, FakeRuntime({"layer": found}), evidence=evidence)
    (cause,) = diagnose(bundle, comparison, evidence, problems)
    assert cause.kind == "reversed"
    assert problems == ["'broken' could not be tried on 'layer' (ZeroDivisionError: nothing there): please report it"]
    with pytest.raises(ZeroDivisionError):
        diagnose(bundle, comparison, evidence)


def test_the_order_of_flattening_is_found_in_a_file_from_matlab(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 5 * 3, 6))
    net = xverify.export(model, torch.randn(2, 3, 7, 5), tmp_path / "net")
    content = {name: value for name, value in scipy.io.loadmat(net.path / "reference.mat").items() if name[0] != "_"}
    content.pop("xverify_info")
    content["layer_1"] = content["layer_0"].reshape(-1, 2, order="F")  # what MATLAB's reshape and flattenLayer do
    scipy.io.savemat(tmp_path / "activations.mat", content)
    comparison = compare(net, tmp_path / "activations.mat")
    assert not comparison.passed
    (cause,) = comparison.causes
    assert (cause.layer, cause.kind) == ("layer_1", "flatten order")
    assert "column-major" in cause.statement
    assert cause.confidence is Confidence.LIKELY  # a file without local values


class Head(nn.Module):
    """Two linear layers behind a flattening and a ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.first = nn.Linear(4 * 5 * 3, 6)
        self.second = nn.Linear(6, 6)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        flat = torch.relu(self.conv(image).flatten(1))
        return torch.as_tensor(self.second(self.first(flat)))


def test_a_linear_layer_knows_the_image_that_was_flattened_before_it(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = xverify.export(Head(), torch.randn(2, 3, 7, 5), tmp_path / "net")
    linear = [layer for layer in net.manifest.layers if layer.operation == "linear"]
    assert [module._flattened(net, layer) for layer in linear] == [(4, 5, 3), ()]


def test_columns_in_matlabs_order_are_found_where_height_is_not_width(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = Head()
    net = xverify.export(model, torch.randn(2, 3, 7, 5), tmp_path / "net")
    content = {name: value for name, value in scipy.io.loadmat(net.path / "reference.mat").items() if name[0] != "_"}
    content.pop("xverify_info")
    flat = torch.from_numpy(
        content[next(layer.id for layer in net.manifest.layers if layer.operation == "relu")].T.copy()
    )
    weight = model.first.weight.detach().reshape(6, 4, 5, 3).transpose(2, 3).reshape(6, -1)
    first = next(layer.id for layer in net.manifest.layers if layer.module_path == "first")
    content[first] = (flat @ weight.T + model.first.bias.detach()).numpy().T
    scipy.io.savemat(tmp_path / "activations.mat", content)
    (cause,) = compare(net, tmp_path / "activations.mat").causes
    assert (cause.layer, cause.kind) == (first, "flatten order")


def test_settings_that_json_has_no_number_for_come_back(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = xverify.export(nn.Hardtanh(0.0, float("inf")), torch.randn(3, 5), tmp_path / "net")
    (layer,) = xverify.load_bundle(net.path).manifest.layers
    assert (layer.matlab_layer, layer.settings["max_val"]) == ("clippedReluLayer", "inf")
    step = Steps(net).of(layer)
    assert step is not None
    assert step.settings["max_val"] == float("inf")
    assert compare(net).passed


def test_near_the_tolerance_an_explanation_must_take_the_error_away(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, other = EXPECTED + np.float32(1e-6), EXPECTED.copy()  # an explanation may round 1.43e-6: four roundings of 3
    for value in (found, other):
        value[0, 0] = EXPECTED[0, 0] + np.float32(2e-6)
    assert causes(bundle, found, ("beside it", other), monkeypatch=monkeypatch) == ()
    (cause,) = causes(bundle, found, ("beside it", other), ("the error", found.copy()), monkeypatch=monkeypatch)
    assert cause.kind == "the error"


def fitted(
    kind: str, value: Array, number: int, *, describes: bool = False
) -> Callable[[Suspect], Iterator[Explanation]]:
    def hypothesis(suspect: Suspect) -> Iterator[Explanation]:
        yield Explanation(kind, f"It is {kind}.", value, ("mend it",), fitted=number, describes=describes)

    return hypothesis


def found_by(bundle: Bundle, found: Array, *hypotheses: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Cause, ...]:
    monkeypatch.setattr(module, "HYPOTHESES", hypotheses)
    evidence, values = Evidence(), {"layer": found}
    return diagnose(bundle, compare_bundle(bundle, FakeRuntime(values, values), evidence=evidence), evidence)


@pytest.mark.parametrize(
    ("number", "confidence"), [(2, Confidence.CERTAIN), (3, Confidence.LIKELY), (12, Confidence.LIKELY)]
)
def test_certain_needs_eight_values_for_each_fitted_number(
    bundle: Bundle, number: int, confidence: Confidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = EXPECTED[::-1].copy()  # 24 values
    (cause,) = found_by(bundle, found, fitted("fit", found, number), monkeypatch=monkeypatch)
    assert cause.confidence is confidence


def test_more_numbers_than_half_of_the_values_explain_nothing(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    found = EXPECTED[::-1].copy()
    assert found_by(bundle, found, fitted("fit", found, 13), monkeypatch=monkeypatch) == ()


def test_what_describes_the_values_is_not_certain_and_stands_behind_a_cause(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = EXPECTED * 2
    described = fitted("described", found, 1, describes=True)
    (cause,) = found_by(bundle, found, described, monkeypatch=monkeypatch)
    assert (cause.kind, cause.confidence) == ("described", Confidence.LIKELY)
    (cause,) = found_by(
        bundle, found, described, fitted("cause", EXPECTED * np.float32(1.99), 0), monkeypatch=monkeypatch
    )
    assert (cause.kind, cause.confidence) == ("cause", Confidence.PARTIAL)
    (cause,) = found_by(
        bundle, found, described, fitted("cause", EXPECTED * np.float32(1.8), 0), monkeypatch=monkeypatch
    )
    assert cause.kind == "described"


def test_a_part_of_the_error_of_few_values_is_no_cause(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    found = EXPECTED * 2
    nearly = EXPECTED * np.float32(1.9)
    assert found_by(bundle, found, fitted("fit", nearly, 0), monkeypatch=monkeypatch)
    assert found_by(bundle, found, fitted("fit", nearly, 1), monkeypatch=monkeypatch) == ()  # 24 values, not 32


def test_very_many_values_are_sampled_and_it_says_so(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGE", 20)
    monkeypatch.setattr(module, "LOOKED_AT", 1000)
    found = EXPECTED[::-1].copy()
    (cause,) = causes(bundle, found, ("reversed", found), monkeypatch=monkeypatch)
    assert cause.confidence is Confidence.LIKELY
    assert "The layer has 24 values: 1000 of them" in cause.evidence[-1]
    assert causes(bundle, found, ("other", EXPECTED * 2), monkeypatch=monkeypatch) == ()

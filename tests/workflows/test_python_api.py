"""The public functions on plain models and inputs, and the assertion for a user's own tests."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import xverify
from xverify.bundle.bundle import Bundle
from xverify.comparison.policy import Fixed, Policy
from xverify.errors import XverifyError
from xverify.program.capture import Arguments
from xverify.testing import ParityError, assert_parity
from xverify.workflows.api import as_arguments


class Pair(nn.Module):
    """Two inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.tanh(self.linear(a)) - b


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    torch.manual_seed(0)
    path = str(tmp_path_factory.mktemp("api") / "below" / "net")  # a text, and parents that are not there
    return xverify.export(Pair(), (torch.randn(2, 4), torch.randn(2, 3)), path, classes=["a", "b", "c"], seed=3)


def test_export_names_the_model_after_its_class_and_passes_options_on(bundle: Bundle) -> None:
    model = bundle.manifest.model
    assert (model.name, model.source, model.weights) == ("Pair", "test_python_api.Pair", "as given")
    assert model.classes == ("a", "b", "c")
    assert (bundle.manifest.environment.seed, bundle.manifest.environment.command) == (3, "Python API")


def test_a_bundle_can_be_loaded_and_compared_by_path_or_as_it_is(bundle: Bundle) -> None:
    loaded = xverify.load_bundle(str(bundle.path))
    assert loaded.manifest == bundle.manifest
    for given in (bundle, loaded, bundle.path, str(bundle.path)):
        comparison = xverify.compare(given)
        assert comparison.passed
        assert comparison.coverage.compared == comparison.coverage.total == 3


def test_a_policy_replaces_the_tolerance(bundle: Bundle) -> None:
    assert xverify.compare(bundle, policy=Policy(default=Fixed(atol=1e-3))).passed
    with pytest.raises(XverifyError, match="is neither a runtime nor a"):
        xverify.compare(bundle, "matlab?")


@pytest.mark.parametrize(
    "inputs",
    [
        [torch.ones(2, 4), torch.zeros(2, 3)],
        {"b": torch.zeros(2, 3), "a": torch.ones(2, 4)},
        Arguments((torch.ones(2, 4),), {"b": torch.zeros(2, 3)}),
    ],
)
def test_inputs_may_be_a_list_a_dict_of_keywords_or_both(inputs: Any, tmp_path: Path) -> None:
    made = xverify.export(Pair(), inputs, tmp_path / "net", noise_runs=0)
    by_name = {item.name: made.reference(item) for item in made.manifest.inputs}
    np.testing.assert_array_equal(by_name["a"], np.ones((2, 4), np.float32), strict=True)
    np.testing.assert_array_equal(by_name["b"], np.zeros((2, 3), np.float32), strict=True)


def test_as_arguments_refuses_other_things() -> None:
    assert as_arguments(torch.ones(1)).args[0].item() == 1.0
    with pytest.raises(XverifyError, match=r"inputs is a ndarray\.\nGive a tensor"):
        as_arguments(np.ones(3))


def test_an_unknown_option_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(
        TypeError, match=r"no option opset, trust; known: classes, .*, force, .*, noise_runs, .*release, seed"
    ):
        xverify.export(Pair(), torch.ones(1), tmp_path / "net", trust=True, opset=17)


def test_an_existing_bundle_needs_force(bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="exists already"):
        xverify.export(nn.ReLU(), torch.randn(2, 3), bundle.path)
    first = xverify.export(nn.ReLU(), torch.randn(2, 3), tmp_path / "net")
    second = xverify.export(nn.Tanh(), torch.randn(2, 3), tmp_path / "net", force=True)
    assert xverify.load_bundle(tmp_path / "net").manifest.model.name == "Tanh"
    assert first.manifest.bundle_id != second.manifest.bundle_id


@pytest.fixture
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `tempfile` puts things during this test: tests that run beside it share the machine's."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_assert_parity_returns_the_comparison_and_leaves_nothing(own_temporary_folder: Path) -> None:
    comparison = assert_parity(nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1)), torch.randn(2, 4), name="softmax")
    assert comparison.passed
    assert comparison.model == "softmax"
    assert list(own_temporary_folder.iterdir()) == []


def test_assert_parity_names_the_layer_that_fails(own_temporary_folder: Path) -> None:
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(400, 300), nn.GELU(), nn.Linear(300, 200))
    policy = Policy(layers=(("layer_2", Fixed(atol=0.0)),))  # no two summations agree to the last bit
    with pytest.raises(AssertionError, match=r"layer_2\b") as caught:
        assert_parity(model, torch.randn(7, 400), policy)
    assert "FAILED" in str(caught.value).upper()
    assert list(own_temporary_folder.iterdir()) == []


class Dead(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(-x.abs() - 1.0)


def test_assert_parity_is_not_content_with_a_layer_that_is_all_zero() -> None:
    with pytest.raises(AssertionError, match="all zero"):
        assert_parity(Dead(), torch.randn(2, 3))
    assert assert_parity(Dead(), torch.randn(2, 3), Policy(allow={"relu": "dead on purpose"})).passed


def test_assert_parity_keeps_the_bundle_of_a_failure(tmp_path: Path) -> None:
    kept = tmp_path / "below" / "kept net"
    assert_parity(nn.Linear(4, 3), torch.randn(2, 4), keep=kept)
    assert not kept.exists()
    ids = []
    for _ in range(2):  # the second replaces the first
        with pytest.raises(ParityError, match="all zero") as caught:
            assert_parity(Dead(), torch.randn(2, 3), keep=kept)
        assert str(caught.value).splitlines()[-1] == f"  see more  xverify compare '{kept}'"
        ids.append(xverify.load_bundle(kept).manifest.bundle_id)
    assert len(set(ids)) == 2
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_assert_parity_leaves_a_folder_alone_that_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(XverifyError, match="is not a bundle"):
        assert_parity(Dead(), torch.randn(2, 3), keep=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_assert_parity_takes_another_side(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match=r"nowhere\.mat"):
        assert_parity(nn.ReLU(), torch.randn(2, 3), against=tmp_path / "nowhere.mat", timeout=5)
    with pytest.raises(TypeError, match="no option timeouts"):
        assert_parity(nn.ReLU(), torch.randn(2, 3), timeouts=5)


def test_assert_parity_of_what_cannot_be_exported_says_why() -> None:
    with pytest.raises(XverifyError, match="weight is float64"):
        assert_parity(nn.Linear(3, 2).double(), torch.randn(2, 3))

"""`reimport --verify`: the tuned model runs in PyTorch, and agrees with Octave and with recorded activations, or is said not to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
import torch
from numpy.typing import NDArray
from octave_program import needs_octave, octave
from test_weights_command import run
from weights_networks import layers_of, save_structs

import xverify
from xverify.bundle.bundle import Bundle, load_bundle
from xverify.cli.reimport import reimport as command
from xverify.errors import XverifyError
from xverify.models.loading import load_model
from xverify.weights.restoring import in_pytorch
from xverify.weights.results import Reimport
from xverify.workflows.reimport import VerifyRequest, reimport

Array = NDArray[Any]

MODEL = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width=5):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, width, (3, 2), padding=1), nn.BatchNorm2d(width), nn.ReLU())
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(width * 7 * 6, 4))

    def forward(self, x):
        return self.head(self.features(x))


def net():
    torch.manual_seed(1)
    model = Net()
    nn.init.uniform_(model.features[1].running_mean, -0.3, 0.3)
    nn.init.uniform_(model.features[1].running_var, 0.5, 1.5)
    return model


def deeper():
    model = net()
    model.head.append(nn.Softmax(1))
    return model


def doubled(layer, keys):
    layer.bias.data.mul_(2)


def meddling():
    model = net()
    model.head[1].register_load_state_dict_post_hook(doubled)
    return model


def with_example():
    return net(), torch.randn(2, 3, 7, 5)
"""


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tuned_network.py"
    path.write_text(MODEL)
    return path


@pytest.fixture(scope="module")
def bundle(model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Eight images: as many samples as the fine-tuning has."""
    source = f"{model_file}:net"
    torch.manual_seed(3)
    inputs = torch.randn(8, 3, 7, 5)
    path = tmp_path_factory.mktemp("exported") / "net"
    return xverify.export(load_model(source).model, inputs, path, name="net", source=source)


@pytest.fixture(scope="module")
def tuned(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What a user has after a fine-tuning in Octave: weights, and activations of the tuned network."""
    folder = tmp_path_factory.mktemp("tuned")
    files = {"weights": folder / "tuned.mat", "activations": folder / "activations.mat"}
    code = (
        "losses = fine_tune(getenv('BUNDLE'), getenv('WEIGHTS'), 'Activations', getenv('ACTIVATIONS')); "
        "fprintf('%.6f\\n', losses);"
    )
    done = octave(code, {"BUNDLE": bundle.path, **{name.upper(): path for name, path in files.items()}})
    assert done.returncode == 0, done.stderr
    losses = [float(line) for line in done.stdout.split()]
    assert losses[-1] < 0.7 * losses[0]
    return files


def verified(exported: Bundle, file: Path, folder: Path, against: Path | str = "octave", **options: Any) -> Reimport:
    return reimport(exported.path, file, folder / "state.pt", verify=VerifyRequest(str(against), **options))


def activations_of(file: Path) -> dict[str, Array]:
    return {name: value for name, value in scipy.io.loadmat(file).items() if not name.startswith(("_", "xverify"))}


def with_activations(bundle: Bundle, path: Path, more: Mapping[str, Array]) -> Path:
    """A file of weights with other variables beside them."""
    save_structs(path, layers_of(bundle))
    content = {name: value for name, value in scipy.io.loadmat(path).items() if not name.startswith("_")}
    scipy.io.savemat(path, content | dict(more), long_field_names=True)
    return path


@needs_octave
def test_a_fine_tuning_in_octave_comes_back(
    bundle: Bundle, tuned: dict[str, Path], model_file: Path, tmp_path: Path
) -> None:
    """PyTorch with the state_dict gives what Octave gives with the tuned weights, within the calibrated tolerance."""
    record = verified(bundle, tuned["weights"], tmp_path, tuned["activations"], bundle=tmp_path / "kept")
    assert record.passed
    assert set(record.changed) == {"head.1.weight", "head.1.bias"}
    assert record.verification is not None
    (compared,) = record.verification.runs
    assert compared.compared == compared.total == len(bundle.manifest.layers)
    output = load_bundle(tmp_path / "kept").layers["head_1"]
    model = load_model(f"{model_file}:net", weights=tmp_path / "state.pt").model
    with torch.no_grad():
        found = model(torch.from_numpy(bundle.reference(bundle.manifest.inputs[0]))).numpy()
    octaves = activations_of(tuned["activations"])["head_1"].T
    assert np.abs(found - octaves).max() <= output.tolerance.accumulated
    assert np.abs(found - bundle.reference(bundle.layers["head_1"])).max() > 1000 * output.tolerance.accumulated


@needs_octave
def test_octave_runs_the_tuned_weights(bundle: Bundle, tuned: dict[str, Path], tmp_path: Path) -> None:
    record = verified(bundle, tuned["weights"], tmp_path)
    assert record.passed
    assert record.verification is not None
    assert record.verification.parameters == len(bundle.manifest.parameters)
    assert record.verification.differing == ()
    (compared,) = record.verification.runs
    assert compared.against.startswith("GNU Octave")
    assert compared.compared == compared.total == len(bundle.manifest.layers)
    assert 0 < compared.worst_ratio <= 1


@needs_octave
def test_activations_of_other_weights_fail_and_the_state_is_there(
    bundle: Bundle, tuned: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Activations before the fine-tuning are not those of the tuned weights."""
    old = {layer.id: bundle.reference(layer).T for layer in bundle.manifest.layers if layer.id == "head_1"}
    scipy.io.savemat(tmp_path / "old.mat", old)
    arguments = (bundle.path, tuned["weights"], "-o", tmp_path / "state.pt", "--verify", tmp_path / "old.mat")
    assert run(command, *arguments) == 1
    text = " ".join(capsys.readouterr().out.split())
    assert f"{tmp_path / 'state.pt'} was written, but its verification failed" in text
    assert "1 of 5 layers compared, NOT all agree with old.mat" in text
    assert torch.load(tmp_path / "state.pt", weights_only=True)


@needs_octave
def test_activations_in_the_file_of_weights(bundle: Bundle, tuned: dict[str, Path], tmp_path: Path) -> None:
    """They are compared beside Octave's run; they need not have all layers, for Octave has."""
    relu = activations_of(tuned["activations"])["features_2"]
    file = with_activations(bundle, tmp_path / "w.mat", {"features_2": relu, "preprocessing": np.eye(2)})
    record = verified(bundle, file, tmp_path)
    assert record.passed
    assert record.verification is not None
    own, beside = record.verification.runs
    assert own.compared == own.total
    assert (beside.against, beside.compared) == ("w.mat (unlabelled)", 1)
    file = with_activations(bundle, tmp_path / "v.mat", {"features_2": relu + np.float32(0.01)})
    record = reimport(bundle.path, file, tmp_path / "other.pt", verify=VerifyRequest())
    assert record.verification is not None
    assert [item.passed for item in record.verification.runs] == [True, False]
    assert record.verification.runs[1].problems[0].startswith("features_2: ")
    assert not record.passed


def test_a_file_without_the_output_verifies_nothing(bundle: Bundle, tmp_path: Path) -> None:
    layer = bundle.layers["features_2"]
    scipy.io.savemat(tmp_path / "a.mat", {"features_2": bundle.reference(layer).transpose(2, 3, 1, 0)})
    record = verified(bundle, bundle.path / "weights.mat", tmp_path, tmp_path / "a.mat")
    assert record.verification is not None
    assert not record.passed
    assert any(problem.startswith("head_1: ") for problem in record.verification.runs[0].problems)


def test_values_that_do_not_survive_pytorch_fail(bundle: Bundle, model_file: Path, tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"head_1": bundle.reference(bundle.layers["head_1"]).T})
    record = verified(bundle, bundle.path / "weights.mat", tmp_path, tmp_path / "a.mat", model=f"{model_file}:meddling")
    assert record.verification is not None
    assert set(record.verification.differing) == {"head.1.bias", "head_1.Bias"}
    assert not record.passed


def test_a_wrong_order_of_elements_on_the_way_back_is_seen(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(stored: Any, array: Array, op: str, shapes: Any) -> dict[str, Array]:
        return in_pytorch(stored, array[::-1] if op == "convolution2dLayer" else array, op, shapes)

    monkeypatch.setattr("xverify.weights.state_dict.in_pytorch", wrong)
    scipy.io.savemat(tmp_path / "a.mat", {"head_1": bundle.reference(bundle.layers["head_1"]).T})
    record = verified(bundle, bundle.path / "weights.mat", tmp_path, tmp_path / "a.mat")
    assert record.verification is not None
    assert record.verification.differing == ("features_0.Weights",)
    assert not record.verification.runs[0].passed


def test_a_factory_with_an_example(bundle: Bundle, model_file: Path, tmp_path: Path) -> None:
    """The inputs are the bundle's, whatever the example holds."""
    scipy.io.savemat(tmp_path / "a.mat", {"head_1": bundle.reference(bundle.layers["head_1"]).T})
    record = verified(
        bundle, bundle.path / "weights.mat", tmp_path, tmp_path / "a.mat", model=f"{model_file}:with_example"
    )
    assert record.passed


@pytest.mark.parametrize(
    ("factory", "message"),
    [("deeper", "is not the one of"), ("absent", "cannot be rebuilt from"), ("", "cannot be rebuilt from 'Net'")],
)
def test_a_model_that_cannot_be_had_writes_nothing(
    bundle: Bundle, model_file: Path, tmp_path: Path, factory: str, message: str
) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"head_1": bundle.reference(bundle.layers["head_1"]).T})
    model = f"{model_file}:{factory}" if factory else "Net"
    options = {"model": model, "bundle": tmp_path / "kept"}
    with pytest.raises(XverifyError, match=message) as error:
        verified(bundle, bundle.path / "weights.mat", tmp_path, tmp_path / "a.mat", **options)
    assert "--model" in error.value.hint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mat"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--verify", "none.mat"], "none.mat does not exist"),
        (["--verify", "onnxruntime"], "neither octave nor matlab nor a .mat file"),
        (["--bundle", "kept"], "belong to --verify"),
        (["--model", "net.py:net"], "belong to --verify"),
        (["--verify", "a.mat", "--bundle", "there"], "exists already"),
        (["--verify"], "XVERIFY_OCTAVE is 'no-octave'"),
        (["--verify", "other.mat"], "was made from another bundle"),
    ],
)
def test_bad_input_writes_nothing(
    bundle: Bundle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XVERIFY_OCTAVE", "no-octave")
    Path("there").mkdir()
    output = {"head_1": bundle.reference(bundle.layers["head_1"]).T}
    scipy.io.savemat("a.mat", output)
    scipy.io.savemat("other.mat", output | {"xverify_info": {"producer": "MATLAB R2024b", "bundle_id": "another"}})
    before = sorted(tmp_path.iterdir())
    assert run(command, bundle.path, bundle.path / "weights.mat", "-o", "state.pt", *arguments) == 2
    assert message in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before

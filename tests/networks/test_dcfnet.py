"""A network that MATLAB ran: MatConvNet's activations of DCFNet, against PyTorch, as docs/how-to tells it."""

import re
import shutil
from pathlib import Path

import dcfnet
import numpy as np
import pytest
import torch
from torch import nn
from verdict_cases import layer_of
from verdicts import explained

import xverify
from xverify.bundle.bundle import Bundle, load_bundle
from xverify.comparison.compare import compare_bundle
from xverify.comparison.policy import read_settings
from xverify.comparison.results import Comparison, Status
from xverify.errors import XverifyError
from xverify.models.input_files import read_inputs
from xverify.models.loading import load_model
from xverify.runtimes.recorded import RecordedActivations

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "matlab-made" / "dcfnet"
PAGE = ROOT / "docs" / "how-to" / "compare-with-matlab-activations.md"
IN_THE_FILE = {"feature_0", "feature_1", "feature_2", "feature_3_div"}

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the files that MATLAB saved are not here: {DATA}")


def files_of_the_page() -> dict[str, str]:
    """The files that the page prints, by the name in their first line."""
    text = PAGE.read_text(encoding="utf-8")
    return dict(re.findall(r"^```\w+\n# ([\w.]+)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reader's folder: what the page prints, and the two files from DCFNet's repository."""
    folder = tmp_path_factory.mktemp("dcfnet")
    for name, content in files_of_the_page().items():
        (folder / name).write_text(content, encoding="utf-8")
    for name in ("net_param.mat", "param.pth"):
        shutil.copy(DATA / name, folder)
    return folder


@pytest.fixture
def here(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(work)


@pytest.fixture(scope="module")
def bundle(work: Path) -> Bundle:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work)
        return load_bundle(exported("net").path.resolve())


def exported(name: str, *, channels_flipped: bool = True, model: nn.Module | None = None) -> Bundle:
    script = Path("inputs.py").read_text(encoding="utf-8")
    exec(script if channels_flipped else script.replace("[:, :, ::-1]", ""), {"__name__": "__main__"})
    (patch,), _, _ = read_inputs(Path("patch.npy"))
    loaded = model or load_model("dcfnet.py:build", weights=Path("param.pth")).model
    return xverify.export(loaded, patch, name, force=True)


def compared(bundle: Bundle, old: str = "res{5}", new: str = "res{5}") -> Comparison:
    """Through the page's map, with `old` in it exchanged for `new`."""
    text = Path("map.toml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    mapping = Path("changed.toml")
    mapping.write_text(text.replace(old, new), encoding="utf-8")
    recorded = RecordedActivations(Path("net_param.mat"), bundle, mapping)
    return compare_bundle(bundle, recorded, read_settings(Path.cwd()))


def test_the_page_prints_the_network_of_this_test() -> None:
    source = Path(dcfnet.__file__).read_text(encoding="utf-8")
    assert files_of_the_page()["dcfnet.py"].strip() == source.partition('"""\n\n')[2].strip()


@needs_data
@pytest.mark.usefixtures("here")
def test_every_activation_of_matlab_agrees(bundle: Bundle) -> None:
    comparison = compared(bundle)
    assert comparison.passed, explained(comparison)
    found = {layer.id: layer for layer in comparison.layers if layer.accumulated}
    assert found.keys() == IN_THE_FILE
    assert "the file's input 'patch' is the one that PyTorch ran on" in comparison.notes
    assert "4 variables of net_param.mat are not used, first 'conv1_b'" in comparison.notes
    for name, layer in found.items():
        assert layer.status is Status.PASSED
        assert layer.accumulated
        assert layer.accumulated.max_error < 1e-6 * np.abs(bundle.reference(bundle.layers[name])).max()
    others = [layer for layer in comparison.layers if layer.id not in IN_THE_FILE]
    assert {layer.permitted for layer in others} == {"inside MATLAB's LRN"}


@needs_data
@pytest.mark.usefixtures("here")
def test_without_the_flip_of_the_channels_it_fails_at_the_first_convolution() -> None:
    comparison = compared(exported("bgr", channels_flipped=False))
    assert {layer.id for layer in comparison.failed} == IN_THE_FILE
    assert comparison.failed[0].id == "feature_0"
    assert any(note.startswith("the file's input 'patch' differs from") for note in comparison.notes)


@needs_data
@pytest.mark.usefixtures("here")
def test_a_wrong_alpha_fails_at_lrn_alone() -> None:
    """MatConvNet's number, 1e-4 / 5, taken over as if PyTorch did not divide it by the window's size."""
    model = dcfnet.build()
    model.load_state_dict(torch.load("param.pth", weights_only=True))
    model.feature[3] = nn.LocalResponseNorm(size=5, alpha=2e-5, beta=0.75, k=1.0)
    comparison = compared(exported("alpha", model=model.eval()))
    assert [layer.id for layer in comparison.failed] == ["feature_3_div"]
    error = layer_of(comparison, "feature_3_div").accumulated
    assert error
    assert f"{error.max_error:.1e}" in PAGE.read_text(encoding="utf-8")


@needs_data
@pytest.mark.parametrize(
    ("old", "new", "failed"),
    [
        ('"res{2}"\ndims = "SSC"', '"res{2}"\ndims = "WHC"', "feature_0"),
        ('"res{2}"\ndims = "SSC"', '"res{2}"\ndims = "SSC"\nflip = "C"', "feature_0"),
        ('"res{3}"', '"res{2}"', "feature_1"),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_wrong_entry_of_the_map_fails_its_layer(bundle: Bundle, old: str, new: str, failed: str) -> None:
    assert [layer.id for layer in compared(bundle, old, new).failed] == [failed]


@needs_data
@pytest.mark.usefixtures("here")
def test_a_path_that_leads_nowhere_is_an_error(bundle: Bundle) -> None:
    with pytest.raises(XverifyError) as caught:
        compared(bundle, "res{5}", "res{6}")
    said = f"ERROR {caught.value.message}\n  TIP {caught.value.hint}".replace("changed.toml", "map.toml")
    assert said in PAGE.read_text(encoding="utf-8")

"""Files that MATLAB itself saved, beside the PyTorch or ONNX side of the same network."""

from pathlib import Path

import pytest
import torch
from safetensors.numpy import load_file
from torch import nn
from unet_module import unet

import xverify
from xverify.bundle.bundle import Bundle
from xverify.weights.results import WeightsComparison
from xverify.workflows.reimport import reimport
from xverify.workflows.weights import compare_weights

DATA = Path(__file__).parents[3] / "shared" / "data" / "matlab-made"
pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the files that MATLAB saved are not here: {DATA}"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
ONNX = DATA / "unet" / "unet_113.onnx"
REPLACED = {f"tp{number}" for number in range(4)}


@pytest.fixture(scope="module")
def unet_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("unet") / "net"
    return xverify.export(unet(ONNX).eval(), torch.randn(1, 1, 16, 32), folder, name="unet", noise_runs=1)


def places(comparison: WeightsComparison, how: str) -> set[str]:
    return {item.where.rpartition(".")[0] for item in comparison.parameters if item.matched_by == how}


@pytest.mark.parametrize(
    ("file", "name"),
    [("unet113_2019.mat", "StatefulPartitionedCall|model|"), ("unet113_2024b.mat", "StatefulPartitio_")],
)
def test_unet(unet_bundle: Bundle, file: str, name: str) -> None:
    """The importer's rule of both releases finds the convolutions; the layers that the owner replaced are found by their values."""
    pytest.importorskip("matio", reason="mat-io, which reads network objects, is not installed")
    comparison = compare_weights(unet_bundle.path, DATA / "unet" / file, onnx=ONNX)
    assert comparison.passed
    assert [item.status for item in comparison.parameters] == ["equal"] * 2 * (19 + 4)
    by_rule = places(comparison, "importer's naming rule")
    assert len(by_rule) == 19
    assert all(place.startswith(name) for place in by_rule)
    assert places(comparison, "equal values") == REPLACED
    assert any("conv2d_transpose is tp0" in note for note in comparison.notes)


@pytest.mark.parametrize("file", ["unet113_2019.mat", "unet113_2024b.mat"])
def test_unet_comes_back(unet_bundle: Bundle, file: str, tmp_path: Path) -> None:
    pytest.importorskip("matio", reason="mat-io, which reads network objects, is not installed")
    record = reimport(unet_bundle.path, DATA / "unet" / file, tmp_path / "state.safetensors", onnx=ONNX)
    assert not record.kept
    state = load_file(tmp_path / "state.safetensors")
    for key, value in unet(ONNX).state_dict().items():
        assert state[key].tobytes() == value.numpy().tobytes(), key


class DCFNet(nn.Module):
    """The feature extractor of DCFNet, without its normalization, which has no parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.feature = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.feature(x))


@pytest.fixture(scope="module")
def dcfnet_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Exported with other weights than those that come back."""
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("dcfnet") / "net"
    return xverify.export(DCFNet().eval(), torch.randn(1, 3, 10, 9), folder, name="dcfnet", noise_runs=1)


@pytest.fixture(scope="module")
def dcfnet_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dcfnet-map") / "map.toml"
    entries = [
        '["feature.0.weight"]\nvariable = "conv1_w"\nflip = "I"',  # MATLAB's side is BGR
        '["feature.0.bias"]\nvariable = "conv1_b"',
        '["feature.2.weight"]\nvariable = "conv2_w"',
        '["feature.2.bias"]\nvariable = "conv2_b"',
    ]
    path.write_text("\n\n".join(entries), encoding="utf-8")
    return path


def test_dcfnet_comes_back_exactly(dcfnet_bundle: Bundle, dcfnet_map: Path, tmp_path: Path) -> None:
    record = reimport(dcfnet_bundle.path, DATA / "dcfnet" / "net_param.mat", tmp_path / "state.pt", mapping=dcfnet_map)
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    expected = torch.load(DATA / "dcfnet" / "param.pth", weights_only=True)
    assert (
        list(state)
        == list(record.changed)
        == ["feature.0.weight", "feature.0.bias", "feature.2.weight", "feature.2.bias"]
    )
    for name, value in state.items():
        assert value.numpy().tobytes() == expected[name].contiguous().numpy().tobytes(), name


def test_dcfnet_without_the_flip_names_it(dcfnet_map: Path, tmp_path: Path) -> None:
    model = DCFNet()
    state = torch.load(DATA / "dcfnet" / "param.pth", weights_only=True)
    model.load_state_dict({name: state[name] for name in model.state_dict()})
    bundle = xverify.export(model.eval(), torch.randn(1, 3, 10, 9), tmp_path / "net", name="dcfnet", noise_runs=1)
    assert compare_weights(bundle.path, DATA / "dcfnet" / "net_param.mat", mapping=dcfnet_map).passed
    mapping = tmp_path / "map.toml"
    mapping.write_text(dcfnet_map.read_text(encoding="utf-8").replace('flip = "I"', ""), encoding="utf-8")
    comparison = compare_weights(bundle.path, DATA / "dcfnet" / "net_param.mat", mapping=mapping)
    (changed,) = [item for item in comparison.parameters if item.status == "changed"]
    assert changed.names == ("feature.0.weight",)
    assert (
        changed.note
        == 'reversed along the input channels, as between RGB and BGR (flip = "I" in a map): then they are equal'
    )

"""The preprocessing of an export: as the options say it, as it is known, and where it does not fit."""

from pathlib import Path

import msgspec
import pytest
import torch
from torch import nn

import xverify
from xverify.bundle.bundle import load_bundle
from xverify.bundle.manifest import Preprocessing
from xverify.cli.main import invoke
from xverify.errors import XverifyError
from xverify.workflows.classifier import require_fit
from xverify.workflows.preprocessing import PreprocessingOptions, known_preprocessing, parse_preprocessing

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
TEXT = "0.485,0.456,0.406/0.229,0.224,0.225"


def test_the_options_make_the_record() -> None:
    options = PreprocessingOptions(TEXT, "256", "224", "bicubic", "BGR")
    assert parse_preprocessing(options, None) == Preprocessing("BGR", MEAN, STD, (256,), (224, 224), "bicubic")
    grey = parse_preprocessing(PreprocessingOptions("0.1307/0.3081", "32x28"), None)
    assert grey == Preprocessing("L", (0.1307,), (0.3081,), (32, 28))


def test_options_change_what_is_known() -> None:
    known = Preprocessing("RGB", (0.5,) * 3, (0.5,) * 3)
    assert parse_preprocessing(PreprocessingOptions(resize="32x32"), known) == msgspec.structs.replace(
        known, resize=(32, 32)
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"normalize": "0.5,0.5,0.5"}, "is not MEAN/STD"),
        ({"normalize": "0.5,0.5/0.5,0.5"}, "is not MEAN/STD"),
        ({"normalize": "a/b"}, "is not MEAN/STD"),
        ({"normalize": "0.5/0"}, "not 0"),
        ({"normalize": "nan/1"}, "finite"),
        ({"normalize": TEXT, "channels": "L"}, "L has 1 channels"),
        ({"normalize": TEXT, "resize": "0"}, "--resize '0' is no size"),
        ({"normalize": TEXT, "crop": "224,224"}, "--crop '224,224' is no size"),
        ({"resize": "224"}, "lacks its mean and deviation"),
    ],
)
def test_options_that_cannot_be_read_are_refused(options: dict[str, str], said: str) -> None:
    with pytest.raises(XverifyError, match=said):
        parse_preprocessing(PreprocessingOptions(**options), None)


@pytest.mark.parametrize(
    ("plan", "shape", "said"),
    [
        (Preprocessing("L", (0.5,), (0.5,)), (2, 3, 8, 6), "1 channels"),
        (Preprocessing("RGB", MEAN, STD, crop=(8, 8)), (2, 3, 8, 6), "8 x 8"),
        (Preprocessing("RGB", MEAN, STD, resize=(6, 8)), (2, 3, 8, 6), "6 x 8"),
        (Preprocessing("RGB", MEAN, STD, resize=(7,)), (2, 3, 8, 6), "shorter side 7"),
        (Preprocessing("RGB", MEAN, STD), (2, 12), "takes 2x12"),
    ],
)
def test_a_preprocessing_that_gives_other_inputs_is_refused(
    plan: Preprocessing, shape: tuple[int, ...], said: str
) -> None:
    with pytest.raises(XverifyError, match=said):
        require_fit(plan, shape)


def test_the_right_sizes_fit() -> None:
    for plan in (
        Preprocessing("RGB", MEAN, STD, (9,), (8, 6)),
        Preprocessing("BGR", MEAN, STD, (8, 6)),
        Preprocessing("RGB", MEAN, STD, (6,)),
        Preprocessing("RGB", MEAN, STD),
    ):
        require_fit(plan, (2, 3, 8, 6))


def test_the_python_api_stores_it_for_both_sides(tmp_path: Path) -> None:
    import scipy.io

    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 4 * 3, 3))
    plan = {"channels": "BGR", "mean": [0.1, 0.2, 0.3], "std": [1, 2, 3], "resize": [7], "crop": [6, 5]}
    bundle = xverify.export(
        model, torch.rand(2, 3, 6, 5), tmp_path / "net", noise_runs=0, preprocessing=plan, classes=("x", "y", "z")
    )

    stored = load_bundle(bundle.path).manifest.preprocessing
    assert stored == Preprocessing("BGR", (0.1, 0.2, 0.3), (1.0, 2.0, 3.0), (7,), (6, 5))
    content = scipy.io.loadmat(tmp_path / "net" / "weights.mat", simplify_cells=True)
    assert list(content["classes"]) == ["x", "y", "z"]
    fields = content["preprocessing"]
    assert (fields["channels"], fields["interpolation"], fields["scale"], fields["resize"]) == (
        "BGR",
        "bilinear",
        255,
        7,
    )
    assert (fields["crop"].tolist(), fields["mean"].tolist(), fields["std"].tolist()) == (
        [6, 5],
        [0.1, 0.2, 0.3],
        [1, 2, 3],
    )
    with pytest.raises(XverifyError, match="the network takes 2x3x6x5"):
        xverify.export(model, torch.rand(2, 3, 6, 5), tmp_path / "b", preprocessing={**plan, "crop": [5, 5]})
    with pytest.raises(XverifyError, match="This is no preprocessing"):
        xverify.export(model, torch.rand(2, 3, 6, 5), tmp_path / "b", preprocessing={**plan, "gamma": 2})
    assert not (tmp_path / "b").exists()


def test_a_bundle_without_it_says_so(exported: Path) -> None:
    import scipy.io

    assert load_bundle(exported).manifest.preprocessing is None
    assert "preprocessing" not in scipy.io.loadmat(exported / "weights.mat")


def test_the_cifar10_networks_are_known() -> None:
    for source in ("cifar10", "cifar10:8-3-norm"):
        assert known_preprocessing(source, None, (2, 3, 32, 32)).preprocessing == Preprocessing(
            "RGB", (0.5,) * 3, (0.5,) * 3
        )
    assert known_preprocessing("cifar10:factory", None, (2, 3, 32, 32)).preprocessing is None
    assert known_preprocessing("torchvision:resnet18", None, (2, 3, 224, 224)).preprocessing is None


def test_torchvisions_own_weights_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xverify.models import weights_file

    path = tmp_path / "weights.pth"
    path.write_bytes(b"weights")
    digest = {"value": "f37072fd" + "0" * 56}
    monkeypatch.setattr(weights_file, "file_sha256", lambda _: digest["value"])

    def known(name: str, size: int) -> tuple[Preprocessing | None, str]:
        found = known_preprocessing(f"torchvision:{name}", path, (2, 3, size, size))
        return found.preprocessing, found.note

    plan, note = known("resnet18", 224)
    assert plan == Preprocessing("RGB", MEAN, STD, (256,), (224, 224))
    assert note == "preprocessing is that of torchvision's ResNet18_Weights.IMAGENET1K_V1"
    digest["value"] = "0" * 64
    assert "assumed: weights.pth is no file of torchvision's" in known("resnet18", 224)[1]
    assert known("resnet18", 64) == (
        None, "no preprocessing is stored: ResNet18_Weights.IMAGENET1K_V1 has images of 224x224, this export has others",
    )  # fmt: skip
    digest["value"] = "0676ba61" + "0" * 56  # resnet50's first weights, which are not the default ones
    assert known("resnet50", 224)[0] == Preprocessing("RGB", MEAN, STD, (256,), (224, 224))
    assert known("fcn_resnet50", 224)[0] is None


def test_preprocessing_of_a_network_with_two_inputs_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "two.py"
    path.write_text("import torch\nclass Two(torch.nn.Module):\n    def forward(self, a, b):\n        return a + b\n")
    arguments = [
        "export",
        f"{path}:Two",
        "--input",
        "2x3x4x5",
        "--input",
        "2x3x4x5",
        "--normalize",
        TEXT,
        "-o",
        str(tmp_path / "net"),
    ]
    assert invoke(arguments) == 2
    assert "has 2 inputs" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0.5,0.5,0.5/0.2,1e-50,0.2", "0.5,0.5,1e39/0.2,0.2,0.2"])
def test_what_single_precision_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(XverifyError, match="range of single precision"):
        parse_preprocessing(PreprocessingOptions(text), None)

"""A small classifier of images with a preprocessing, a folder of images of its classes, and logits files for it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from xverify.bundle.bundle import Bundle, load_bundle
from xverify.bundle.matfile import MatWriter, cell
from xverify.cli.main import invoke

CLASSES = ("ant", "bee", "cow", "dog", "elk", "fox", "gnu")
HEIGHT, WIDTH, OF_EACH = 7, 5, 3
MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.3, 0.25)
NORMALIZE = "0.4,0.5,0.6/0.2,0.3,0.25"

# The last two classes are a tie but for rounding, and win for some images.
MODEL = """
import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.head = nn.Linear(6 * 7 * 5, 7)

    def forward(self, images):
        return self.head(torch.relu(self.norm(self.conv(images))).flatten(1))


def classifier():
    torch.manual_seed(3)
    model = Classifier()
    nn.init.uniform_(model.norm.running_mean, -0.3, 0.3)
    nn.init.uniform_(model.norm.running_var, 0.5, 1.5)
    with torch.no_grad():
        model.head.weight[6] = model.head.weight[5]
        model.head.bias[6] = model.head.bias[5] - 2e-7
        model.head.bias[5:] += 0.4
    return model


def other():
    model = classifier()
    with torch.no_grad():
        model.norm.running_var[2] += 1e-3
    return model
"""


def write_images(
    folder: Path, size: tuple[int, int] = (HEIGHT, WIDTH), count: int = OF_EACH, suffix: str = ".png"
) -> Path:
    random = np.random.default_rng(8)
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
        for index in range(count):
            Image.fromarray(random.integers(0, 256, (*size, 3), dtype=np.uint8)).save(
                folder / name / f"{index}{suffix}"
            )
    return folder


@pytest.fixture(scope="session")
def parity_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("parity-model") / "parity_model.py"
    path.write_text(MODEL)
    return path


@pytest.fixture(scope="session")
def parity_bundle(parity_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parity-bundle")
    (folder / "classes.txt").write_text("\n".join(CLASSES))
    arguments = [
        "export",
        f"{parity_model}:classifier",
        "--input",
        f"2x3x{HEIGHT}x{WIDTH}",
        "-o",
        str(folder / "net"),
        "-q",
    ]
    assert invoke([*arguments, "--normalize", NORMALIZE, "--classes", str(folder / "classes.txt")]) == 0
    return folder / "net"


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_images(tmp_path_factory.mktemp("parity-data") / "images")


def names_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))


def tensors_of(folder: Path) -> NDArray[np.float32]:
    """The network's inputs, computed without xverify."""
    pixels = np.stack([np.asarray(Image.open(folder / name).convert("RGB")) for name in names_in(folder)])
    mean, std = (np.array(values, dtype=np.float32) for values in (MEAN, STD))
    return np.ascontiguousarray(((pixels.astype(np.float32) / np.float32(255) - mean) / std).transpose(0, 3, 1, 2))


def logits_of(model: Path, folder: Path) -> NDArray[np.float32]:
    """PyTorch's logits, one image at a time."""
    names: dict[str, object] = {}
    exec(compile(model.read_text(), str(model), "exec"), names)
    network = names["classifier"]().eval()  # type: ignore[operator]
    with torch.no_grad():
        result: NDArray[np.float32] = torch.cat(
            [network(item[None]) for item in torch.from_numpy(tensors_of(folder))]
        ).numpy()
    return result


def write_logits_file(
    path: Path,
    bundle: Path | Bundle,
    logits: NDArray[np.float32],
    names: list[str],
    *,
    first: int = 1,
    total: int | None = None,
    inputs: NDArray[np.float32] | None = None,
    input_names: list[str] | None = None,
    **info: object,
) -> Path:
    """What xverify.evaluate writes."""
    opened = bundle if isinstance(bundle, Bundle) else load_bundle(bundle, verify=False)
    label = {"kind": "logits", "producer": "GNU Octave 7.3.0", "bundle_id": opened.manifest.bundle_id}
    with MatWriter(path) as writer:
        writer.write("xverify_info", {**label, "first": float(first), "total": float(total or len(names)), **info})
        writer.write("logits", logits.T)
        writer.write("files", cell(list(names)))
        if inputs is not None:
            writer.write("inputs", inputs.transpose(2, 3, 1, 0))
            writer.write("input_files", cell(list(input_names or names[: len(inputs)])))
    return path

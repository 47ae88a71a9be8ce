"""xverify.evaluate in Octave: preprocessing bit for bit, scores against onnxruntime, the order of samples, and what is refused."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from evaluation_images import MEAN, STD, Array, Prepared, cases, expected_of, pixels
from octave_program import needs_octave, octave
from PIL import Image
from scipy.io import loadmat, savemat
from torch import Tensor, nn

import xverify
from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Preprocessing
from xverify.bundle.matfile import cell
from xverify.datasets.decoding import decode
from xverify.datasets.image_folder import ImageFolder
from xverify.datasets.logits_file import LogitsFiles
from xverify.datasets.preprocessor import Preprocessor

pytestmark = needs_octave

HEIGHT, WIDTH, BATCH = 11, 8, 3
PLAN = Preprocessing(channels="RGB", resize=(12,), crop=(HEIGHT, WIDTH), mean=MEAN, std=STD)
CLASSES = ("cat", "dog", "it's", "x")


class Net(nn.Module):
    """Tells images of 11 x 8 apart."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.head = nn.Linear(6 * 4, len(CLASSES))
        nn.init.normal_(self.norm.running_mean, std=0.3)  # type: ignore[arg-type]
        nn.init.uniform_(self.norm.running_var, 0.3, 2.0)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        features = torch.relu(self.norm(self.conv(x)))
        return self.head(nn.functional.avg_pool2d(features, (5, 4)).flatten(1))  # type: ignore[no-any-return]


class FixedBatch(Net):
    """Holds a constant with the batch of the export."""

    offset: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("offset", torch.randn(BATCH, 3, HEIGHT, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x + self.offset)


class MixedBatch(Net):
    """The scores of an image depend on the others beside it."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x - x.mean(0, keepdim=True))


def export(model: nn.Module, path: Path) -> Bundle:
    inputs = torch.randn(BATCH, 3, HEIGHT, WIDTH)
    return xverify.export(model, inputs, path, name="net", classes=CLASSES, preprocessing=PLAN)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    torch.manual_seed(5)
    return export(Net(), tmp_path_factory.mktemp("evaluate") / "net")


ODD_NAMES = (
    "cat/a[0].png", "cat/a[1].png", "cat/b%d.png", "cat/b1.png", "cat/10.png", "cat/9.png", "cat/B.PNG", "cat/deep er/it's.png",
    "dog/-m.png", "dog/e:f.png", "dog/k*.png", "dog/k1.png", "dog/{o,p}.png", "dog/q\"r.png", "dog/$HOME.png", "dog/\u00fc\u4e2d.png",
    "x/s.tIf", "x/~.bmp", "x/a.ppm", "x/two..png", "top.png", "Top.png",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of several sizes under names that are patterns to some program; and files that are no samples."""
    root = tmp_path_factory.mktemp("images")
    for number, name in enumerate(ODD_NAMES):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels(12 + number % 5, 12 + 7 * (number % 3), seed=number)).save(path)
    for name in ("cat/.hidden.png", "cat/notes.txt", ".git/x.png", "cat/png"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(b"no sample")
    return root


def evaluate(bundle: Path, source: Path, output: Path | str = "", options: str = "") -> str:
    """Runs it; returns what it printed, or the error's id and message."""
    code = (
        "try, results = xverify.evaluate(getenv('BUNDLE'), getenv('SOURCE'), 'Output', getenv('OUTPUT')"
        f"{options}); disp(results.batch), catch e, fprintf('%s %s', e.identifier, e.message); end"
    )
    result = octave(code, {"BUNDLE": bundle, "SOURCE": source, "OUTPUT": output})
    assert result.returncode == 0, result.stderr
    return result.stdout


def onnx_scores(bundle: Bundle, tensors: Array) -> Array:
    """What onnxruntime makes of `(N, C, H, W)`, `(N, classes)`, a batch of the export at a time."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(bundle.path / "model.onnx"))
    name = session.get_inputs()[0].name
    count = len(tensors)
    filled = np.concatenate([tensors, np.repeat(tensors[-1:], -count % BATCH, axis=0)])
    parts = [session.run(None, {name: filled[k : k + BATCH]})[0] for k in range(0, len(filled), BATCH)]
    return np.asarray(np.concatenate(parts)[:count])


def prepared(folder: Path, names: list[str]) -> Array:
    return np.stack([expected_of(folder / name, PLAN).transpose(2, 0, 1) for name in names])


@pytest.fixture(scope="module")
def octave_prepared(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Prepared, Any]]:
    """Every case with what Octave made of it; one start for all."""
    root = tmp_path_factory.mktemp("prepared")
    made = cases(root)
    savemat(root / "cases.mat", {"cases": cell([case.struct() for case in made])}, long_field_names=True)
    result = octave(
        "prepare_images(getenv('CASES'), getenv('RESULT'))",
        {"CASES": root / "cases.mat", "RESULT": root / "prepared.mat"},
    )
    assert result.returncode == 0, result.stderr
    return list(zip(made, loadmat(root / "prepared.mat")["prepared"][:, 0], strict=True))


def test_prepared_images_are_pillows_to_the_bit(octave_prepared: list[tuple[Prepared, Any]]) -> None:
    assert len(octave_prepared) > 300
    for case, actual in octave_prepared:
        where = f"{case.path.name} {case.preprocessing}"
        assert actual.dtype == np.float32, f"{where}: {actual}"
        assert actual.size == case.expected.size, where
        np.testing.assert_array_equal(actual.reshape(case.expected.shape), case.expected, err_msg=where)


def test_python_prepares_the_same(octave_prepared: list[tuple[Prepared, Any]]) -> None:
    for case, _ in octave_prepared:
        preprocessor = Preprocessor(case.preprocessing, (case.expected.shape[0], case.expected.shape[1]))
        image = preprocessor.sized(preprocessor.in_mode(decode(case.path)), case.path.name)
        np.testing.assert_array_equal(preprocessor.tensor([image])[0].transpose(1, 2, 0), case.expected)


def test_a_jpeg_is_within_a_few_levels(tmp_path: Path) -> None:
    """Decoders may differ; those of libjpeg-turbo did not in 460 files (docs/reference/matlab.md)."""
    plan = Preprocessing(channels="RGB", mean=(0.0,) * 3, std=(1.0,) * 3, scale=1.0)
    smooth = Image.fromarray(pixels(6, 5)).resize((50, 61), Image.Resampling.BICUBIC)
    made = []
    options: dict[str, dict[str, Any]] = {
        "a.jpg": {},
        "b.JPEG": {"subsampling": 0, "quality": 95},
        "c.jpg": {"progressive": True},
    }
    for name, given in options.items():
        smooth.save(tmp_path / name, "JPEG", **given)
        made.append(Prepared(tmp_path / name, plan, expected_of(tmp_path / name, plan)))
    smooth.convert("L").save(tmp_path / "grey.jpg")
    made.append(Prepared(tmp_path / "grey.jpg", plan, expected_of(tmp_path / "grey.jpg", plan)))
    savemat(tmp_path / "cases.mat", {"cases": cell([case.struct() for case in made])})
    result = octave(
        "prepare_images(getenv('CASES'), getenv('RESULT'))",
        {"CASES": tmp_path / "cases.mat", "RESULT": tmp_path / "prepared.mat"},
    )
    assert result.returncode == 0, result.stderr
    for case, actual in zip(made, loadmat(tmp_path / "prepared.mat")["prepared"][:, 0], strict=True):
        assert np.abs(actual - case.expected).max() <= 3, case.path.name


def test_scores_are_onnxruntimes_in_pythons_order(bundle: Bundle, folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "logits.mat"
    printed = evaluate(bundle.path, folder, output, ", 'Inputs', 5")
    source = ImageFolder(folder, CLASSES)
    names = list(source.names)
    assert sorted(ODD_NAMES) == names
    shard = next(LogitsFiles(output, bundle.manifest.bundle_id, names, len(CLASSES), (3, HEIGHT, WIDTH)).shards())
    assert shard.names == tuple(names)
    assert shard.producer.startswith("GNU Octave")
    tensors = prepared(folder, names)
    expected = onnx_scores(bundle, tensors)
    np.testing.assert_allclose(shard.logits, expected, rtol=0, atol=2e-6 * np.abs(expected).max())
    assert len(shard.inputs) == 5
    for name, tensor in shard.inputs.items():
        np.testing.assert_array_equal(tensor, tensors[names.index(name)], err_msg=name)
    known = source.labels >= 0
    right = int((expected.argmax(1) == source.labels)[known].sum())
    assert f"{right} of {known.sum()} samples (2 more have no label)" in printed
    assert printed.split()[-1] == "64"
    assert not list(tmp_path.glob("*.partial"))


def test_parts_make_the_whole(bundle: Bundle, folder: Path, tmp_path: Path) -> None:
    names = list(ImageFolder(folder, CLASSES).names)
    whole, parts = tmp_path / "whole.mat", tmp_path / "parts"
    parts.mkdir()
    evaluate(bundle.path, folder, whole)
    evaluate(bundle.path, folder, parts / "a.mat", ", 'First', 10, 'Batch', 4, 'Inputs', 0")
    evaluate(bundle.path, folder, parts / "b.mat", ", 'Count', 9, 'Batch', 1")
    results = []
    for path in (whole, parts):
        files = LogitsFiles(path, bundle.manifest.bundle_id, names, len(CLASSES), (3, HEIGHT, WIDTH))
        shards = list(files.shards())
        assert sum((shard.names for shard in shards), ()) == tuple(names)
        results.append(np.concatenate([shard.logits for shard in shards]))
    np.testing.assert_allclose(results[1], results[0], rtol=0, atol=1e-6 * np.abs(results[0]).max())


@pytest.mark.parametrize("model", [FixedBatch, MixedBatch])
def test_a_network_that_needs_its_batch_gets_it(model: type[Net], folder: Path, tmp_path: Path) -> None:
    torch.manual_seed(6)
    bundle = export(model(), tmp_path / "net")
    printed = evaluate(bundle.path, folder, tmp_path / "logits.mat", ", 'Batch', 6")
    names = list(ImageFolder(folder, CLASSES).names)
    expected = onnx_scores(bundle, prepared(folder, names))
    actual = loadmat(tmp_path / "logits.mat")["logits"].T
    np.testing.assert_allclose(actual, expected, rtol=0, atol=2e-6 * np.abs(expected).max())
    assert printed.split()[-1] == str(BATCH)


def test_a_folder_that_looks_like_an_image_is_a_folder(bundle: Bundle, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "x", tmp_path / "data/test/dog/dog.png")
    output = tmp_path / "logits.mat"
    evaluate(bundle.path, tmp_path / "data", output)
    files = [str(item[0]) for item in loadmat(output)["files"][:, 0]]
    assert files == sorted(f"dog/dog.png/{Path(name).name}" for name in ODD_NAMES if name.startswith("x/"))


DEEP = np.arange(12 * 12, dtype=np.uint16).reshape(12, 12) * 300


def write_deep_png(path: Path) -> None:
    Image.fromarray(DEEP).save(path)


def write_deep_pgm(path: Path) -> None:
    path.write_bytes(b"P5\n12 12\n65535\n" + DEEP.astype(">u2").tobytes())


def write_floats(path: Path) -> None:
    Image.fromarray(DEEP.astype(np.float32)).save(path)


def write_cmyk(path: Path) -> None:
    Image.fromarray(pixels(12, 12)).convert("CMYK").save(path)


def write_text(path: Path) -> None:
    path.write_bytes(b"this is no image")


def write_nothing(path: Path) -> None:
    path.write_bytes(b"")


def write_half(path: Path) -> None:
    whole = path.with_name(f"whole{path.suffix}")
    Image.fromarray(pixels(64, 48)).save(whole)
    content = whole.read_bytes()
    whole.unlink()
    path.write_bytes(content[: len(content) * 2 // 3])


REFUSED = {
    "deep.png": write_deep_png,
    "deep.pgm": write_deep_pgm,
    "floats.tif": write_floats,
    "cmyk.jpg": write_cmyk,
    "text.png": write_text,
    "text.jpg": write_text,
    "nothing.bmp": write_nothing,
    "half.png": write_half,
    "half.jpg": write_half,
    "half.bmp": write_half,
    "half.tif": write_half,
    "half.ppm": write_half,
}


def test_images_that_cannot_be_taken_are_refused_by_name(bundle: Bundle, tmp_path: Path) -> None:
    """One start of Octave for all: a line a file."""
    for name, write in REFUSED.items():
        (tmp_path / name).mkdir()
        write(tmp_path / name / name)
    code = (
        "names = strsplit(getenv('NAMES'), '|'); for k = 1:numel(names), try, "
        "xverify.evaluate(getenv('BUNDLE'), fullfile(getenv('ROOT'), names{k}), 'Output', '', 'Print', false); disp('taken'), "
        "catch e, fprintf('%s %s\\n', e.identifier, e.message); end, end"
    )
    result = octave(code, {"BUNDLE": bundle.path, "ROOT": tmp_path, "NAMES": "|".join(REFUSED)})
    assert result.returncode == 0, result.stderr
    for line, name in zip(result.stdout.splitlines(), REFUSED, strict=True):
        assert line.startswith("xverify:evaluate:image "), f"{name}: {line}"
        assert name in line


def test_an_image_that_is_too_small_is_named_and_nothing_written(tmp_path: Path, folder: Path) -> None:
    torch.manual_seed(7)
    plan = Preprocessing(channels="RGB", crop=(HEIGHT, WIDTH), mean=MEAN, std=STD)
    inputs = torch.randn(1, 3, HEIGHT, WIDTH)
    bundle = xverify.export(Net(), inputs, tmp_path / "net", classes=CLASSES, preprocessing=plan)
    images = tmp_path / "images"
    shutil.copytree(folder / "dog", images)
    Image.fromarray(pixels(10, 30)).save(images / "low.png")
    printed = evaluate(bundle.path, images, tmp_path / "logits.mat")
    assert printed.startswith("xverify:evaluate:size low.png is 10 x 30 (height x width)")
    assert not (tmp_path / "logits.mat").exists()


def test_a_file_that_stands_is_kept_where_the_run_fails(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    write_text(tmp_path / "images/a.png")
    (tmp_path / "logits.mat").write_bytes(b"of yesterday")
    assert evaluate(bundle.path, tmp_path / "images", tmp_path / "logits.mat").startswith("xverify:evaluate:image")
    assert (tmp_path / "logits.mat").read_bytes() == b"of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", "logits.mat"]

"""`xverify evaluate` on a checkpoint, a run and a bundle: the same answer three times, and each refusal."""

import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from safetensors.torch import save_file

import xverify
from xverify.bundle.bundle import load_bundle, write_manifest
from xverify.cli.evaluate import evaluate
from xverify.cli.main import invoke
from xverify.errors import XverifyError
from xverify.models.cifar import cifar10_net, parse_network
from xverify.models.seeding import seed_weights

CLASSES = ("left", "right", "up")
HEIGHT, WIDTH = 6, 5


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(6)
    for part in ("train", "test"):
        for count, name in enumerate(CLASSES, start=2):
            folder = root / part / name
            folder.mkdir(parents=True)
            for index in range(count):
                pixels = random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{index}.png")
    return root


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder, as far as it matters here, whose network does not always answer the same."""
    folder = tmp_path_factory.mktemp("run")
    torch.manual_seed(4)
    network = cifar10_net(3, parse_network("5-1-norm"))
    seed_weights(network, 1, (2, 3, HEIGHT, WIDTH))
    save_file(network.state_dict(), folder / "checkpoint.safetensors")
    report = {"data": {"classes": CLASSES, "image_size": [HEIGHT, WIDTH]}}
    (folder / "run.json").write_text(json.dumps(report))
    return folder


@pytest.fixture(scope="module")
def bundle(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its batch of two does not divide the nine test images."""
    from xverify.workflows.export_run import export_run

    return export_run(run, tmp_path_factory.mktemp("bundles") / "net", "test").path


def expected(run: Path, data: Path) -> list[list[int]]:
    """The confusion matrix, image by image."""
    from xverify.models.trained_runs import build_run

    network = build_run(run).built.model.eval()
    confusion = np.zeros((3, 3), dtype=int)
    for label, name in enumerate(CLASSES):
        for path in sorted((data / "test" / name).iterdir()):
            pixels = np.array(Image.open(path))
            confusion[label, int(network(torch.from_numpy(pixels).permute(2, 0, 1)[None] / 127.5 - 1).argmax())] += 1
    return [[int(count) for count in row] for row in confusion]


@pytest.mark.parametrize("kind", ["checkpoint", "run", "bundle"])
def test_every_form_of_a_network_gives_its_confusion_matrix(
    run: Path, bundle: Path, data: Path, tmp_path: Path, kind: str
) -> None:
    network = {"checkpoint": run / "checkpoint.safetensors", "run": run, "bundle": bundle}[kind]
    files = ["--json", str(tmp_path / "e.json"), "--csv", str(tmp_path / "c.csv"), "--png", str(tmp_path / "c.png")]

    result = CliRunner().invoke(evaluate, [str(network), "--data", str(data), *files], catch_exceptions=False)

    report = json.loads((tmp_path / "e.json").read_text())
    confusion = report["scores"]["confusion"]
    assert confusion == expected(run, data)
    assert len({np.argmax(row) for row in confusion}) > 1, "a network that always answers the same tests nothing"
    assert report["scores"]["correct"] == int(np.trace(confusion))
    assert report["runtime"].startswith("onnxruntime" if kind == "bundle" else "PyTorch")
    assert report["data"]["images"] == 9
    assert (tmp_path / "c.csv").read_text().splitlines()[1] == ",".join(map(str, ["left", *confusion[0]]))
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    assert f"top-1 {np.trace(confusion) / 9:.2%}, 95% interval" in result.stdout


def refusal(network: Path, data: Path) -> str:
    result = CliRunner().invoke(evaluate, [str(network), "--data", str(data)])
    assert isinstance(result.exception, XverifyError), result.output
    return str(result.exception)


def test_data_with_other_classes_are_refused(run: Path, bundle: Path, data: Path, tmp_path: Path) -> None:
    other = shutil.copytree(data, tmp_path / "other")
    for part in ("train", "test"):
        (other / part / "up").rename(other / part / "down")

    for network in (run, bundle):
        assert "3 classes (left, right, up)" in refusal(network, other)
    for part in ("train", "test"):
        shutil.rmtree(other / part / "down")
    assert "the data have 2 classes" in refusal(run / "checkpoint.safetensors", other)


def test_images_of_another_size_than_the_bundles_are_refused(bundle: Path, data: Path, tmp_path: Path) -> None:
    other = shutil.copytree(data, tmp_path / "other")
    for path in other.rglob("*.png"):
        Image.new("RGB", (8, 7)).save(path)

    assert "is 8 x 7 pixels; the network takes 5 x 6" in refusal(bundle, other)


def test_what_is_assumed_of_a_bundle_is_said(
    bundle: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["evaluate", str(bundle), "--data", str(data)]) == 0
    assert "NOTE" not in capsys.readouterr().out
    silent = shutil.copytree(bundle, tmp_path / "silent")
    manifest = load_bundle(silent).manifest
    assert manifest.preprocessing is not None
    write_manifest(silent, msgspec.structs.replace(manifest, preprocessing=None))

    assert invoke(["evaluate", str(silent), "--data", str(data), "--json", str(tmp_path / "e.json")]) == 0

    assert "does not say how images are prepared" in capsys.readouterr().out.partition("NOTE")[2]
    assert len(json.loads((tmp_path / "e.json").read_text())["notes"]) == 1


def test_what_is_no_network_is_refused(data: Path, tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(3)}, tmp_path / "other.safetensors")

    assert "There is no" in refusal(tmp_path / "nothing", data)
    assert "neither a bundle nor a run" in refusal(data, data)
    assert "not the weights of a CIFAR-10 network" in refusal(tmp_path / "other.safetensors", data)


def test_a_bundle_that_is_no_classifier_is_refused(data: Path, tmp_path: Path) -> None:
    bundle = xverify.export(torch.nn.Linear(4, 3), torch.rand(2, 4), tmp_path / "net", noise_runs=0)

    assert "no classifier of images" in refusal(bundle.path, data)


def test_data_that_are_not_there_are_refused(run: Path, tmp_path: Path) -> None:
    assert "--download" in refusal(run, tmp_path / "nothing")

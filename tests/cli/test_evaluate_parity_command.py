"""`xverify evaluate-parity` by its command line: what passes, what fails, and every refusal."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from conftest import Copy
from numpy.typing import NDArray
from parity_fixtures import (
    CLASSES,
    HEIGHT,
    NORMALIZE,
    OF_EACH,
    WIDTH,
    logits_of,
    names_in,
    tensors_of,
    write_images,
    write_logits_file,
)
from PIL import Image

from xverify.bundle.bundle import load_bundle, rehash, write_manifest
from xverify.cli.main import invoke
from xverify.parity.allowance import allowance_of

TOTAL = len(CLASSES) * OF_EACH


def parity(*arguments: object) -> int:
    return invoke(["evaluate-parity", *map(str, arguments)])


def record_of(tmp_path: Path, *arguments: object) -> tuple[int, dict]:  # type: ignore[type-arg]
    code = parity(*arguments, "--json", tmp_path / "parity.json", "-q")
    return code, json.loads((tmp_path / "parity.json").read_text())


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert parity(*arguments) == 2
    return capsys.readouterr().err


# --- against onnxruntime -------------------------------------------------------------------------------------------


def test_every_sample_is_compared_and_scored(
    parity_bundle: Path, parity_model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = parity(parity_bundle, "--data", images, "--json", tmp_path / "parity.json")
    record = json.loads((tmp_path / "parity.json").read_text())
    expected = logits_of(parity_model, images)
    labels = np.repeat(np.arange(len(CLASSES)), OF_EACH)

    assert (code, record["passed"]) == (0, True)
    assert record["samples"] == {"total": TOTAL, "chosen": TOTAL, "compared": TOTAL, "labelled": TOTAL}
    correct = int((expected.argmax(axis=1) == labels).sum())
    assert 0 < correct < TOTAL, "else the accuracy tests nothing"
    assert record["accuracy"]["reference"]["correct"] == correct
    assert len({item["reference_correct"] for item in record["classes"]}) > 1
    assert record["agreement"]["top5"] == TOTAL
    assert 0 < record["logits"]["largest_ratio"] < 1
    said = capsys.readouterr().out
    assert f"PASSED  classifier against onnxruntime" in said  # noqa: F541
    assert f"{TOTAL} of {TOTAL} samples compared" in said
    assert f"({correct} of {TOTAL})" in said
    assert "both sides got the same tensors" in said


def test_a_changed_weight_of_the_onnx_file_fails(
    parity_bundle: Path, images: Path, tmp_path: Path, copied: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = copied(load_bundle(parity_bundle))
    model = onnx.load(bundle.model_path)
    bias = next(item for item in model.graph.initializer if item.name == "head_bias")
    values = onnx.numpy_helper.to_array(bias).copy()
    values[0] += 0.1
    bias.CopyFrom(onnx.numpy_helper.from_array(values, bias.name))
    onnx.save(model, bundle.model_path)
    assert "is not the file that was exported" in refusal(capsys, bundle.path, "--data", images)
    rehash(bundle.path)

    code, record = record_of(tmp_path, bundle.path, "--data", images, "--csv", tmp_path / "apart.csv")

    assert (code, record["passed"]) == (1, False)
    assert record["logits"]["largest_class"] == CLASSES[0]
    assert record["logits"]["beyond"] == TOTAL == len(record["differences"])
    changed = [item for item in record["differences"] if item["status"] == "other decision"]
    assert {item["other"] for item in changed} == {CLASSES[0]}
    assert len(changed) == record["agreement"]["other_decisions"] == TOTAL - record["agreement"]["top1"] > 0
    rows = list(csv.DictReader((tmp_path / "apart.csv").open()))
    assert [row["sample"] for row in rows] == [item["sample"] for item in record["differences"]]
    assert parity(bundle.path, "--data", images) == 1
    assert "FAILED" in capsys.readouterr().out


def test_a_limit_takes_samples_of_all_classes(parity_bundle: Path, images: Path, tmp_path: Path) -> None:
    code, record = record_of(tmp_path, parity_bundle, "--data", images, "--limit", len(CLASSES))

    assert code == 0
    assert record["samples"]["compared"] == record["samples"]["chosen"] == len(CLASSES) < record["samples"]["total"]
    assert [item["samples"] for item in record["classes"]] == [1] * len(CLASSES)


def test_images_without_labels_have_no_accuracy(
    parity_bundle: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    for number, name in enumerate(names_in(images)):
        shutil.copy(images / name, flat / f"{number:02}.png")

    code = parity(parity_bundle, "--data", flat, "--json", tmp_path / "parity.json")

    assert code == 0
    record = json.loads((tmp_path / "parity.json").read_text())
    assert (record["accuracy"], record["classes"], record["samples"]["labelled"]) == (None, [], 0)
    assert "no sample has a label" in capsys.readouterr().out


def test_a_npz_file_gives_the_same_verdict(parity_bundle: Path, images: Path, tmp_path: Path) -> None:
    pixels = np.stack([np.asarray(Image.open(images / name)) for name in names_in(images)])
    np.savez_compressed(tmp_path / "data.npz", images=pixels, labels=np.repeat(np.arange(len(CLASSES)), OF_EACH))

    (_, folder), (code, record) = (
        record_of(tmp_path, parity_bundle, "--data", path) for path in (images, tmp_path / "data.npz")
    )

    assert code == 0
    assert record["accuracy"] == folder["accuracy"]
    assert record["logits"]["rms_difference"] == folder["logits"]["rms_difference"]


def test_a_bundle_without_preprocessing_can_be_told(
    parity_bundle: Path, images: Path, tmp_path: Path, copied: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    import msgspec

    bundle = copied(load_bundle(parity_bundle))
    write_manifest(bundle.path, msgspec.structs.replace(bundle.manifest, preprocessing=None))

    assert "--normalize" in refusal(capsys, bundle.path, "--data", images)
    assert "Export the network again" in refusal(
        capsys, bundle.path, "--data", images, "--normalize", NORMALIZE, "--against", "octave"
    )
    _, own = record_of(tmp_path, parity_bundle, "--data", images)
    code, told = record_of(tmp_path, bundle.path, "--data", images, "--normalize", NORMALIZE)
    assert code == 0
    assert told == own
    assert "preprocessing of its own" in refusal(capsys, parity_bundle, "--data", images, "--normalize", NORMALIZE)


# --- PyTorch's side ------------------------------------------------------------------------------------------------


def test_another_network_is_refused(
    parity_bundle: Path, parity_model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(capsys, parity_bundle, "--data", images, "--model", f"{parity_model}:other")
    assert "changed: 1 (norm.running_var)" in said

    # The same parameters, and another forward().
    changed = tmp_path / "changed_model.py"
    changed.write_text(parity_model.read_text().replace("torch.relu(", "torch.tanh("))
    said = refusal(capsys, parity_bundle, "--data", images, "--model", f"{changed}:classifier")
    assert "does not compute what was recorded" in said

    said = refusal(capsys, parity_bundle, "--data", images, "--model", "cifar10")
    assert "missing: " in said
    assert "not in the bundle: " in said


def test_a_network_that_is_gone_is_refused(
    parity_bundle: Path, images: Path, copied: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    import msgspec

    bundle = copied(load_bundle(parity_bundle))
    model = msgspec.structs.replace(bundle.manifest.model, source="nowhere.py:classifier")
    write_manifest(bundle.path, msgspec.structs.replace(bundle.manifest, model=model))

    said = refusal(capsys, bundle.path, "--data", images)
    assert "cannot be built again from 'nowhere.py:classifier'" in said
    assert "--model" in said


def test_weights_that_moved_are_asked_for(
    parity_model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch
    from safetensors.torch import save_file

    names: dict[str, object] = {}
    exec(parity_model.read_text(), names)
    state = names["other"]().state_dict()  # type: ignore[operator]
    save_file(state, tmp_path / "tuned.safetensors")
    arguments = [
        "export",
        f"{parity_model}:classifier",
        "--weights",
        str(tmp_path / "tuned.safetensors"),
        "--noise-runs",
        "1",
    ]
    arguments += ["--input", f"2x3x{HEIGHT}x{WIDTH}", "--normalize", NORMALIZE, "-o", str(tmp_path / "net"), "-q"]
    assert invoke(arguments) == 0
    (tmp_path / "tuned.safetensors").rename(tmp_path / "moved.safetensors")

    said = refusal(capsys, tmp_path / "net", "--data", images)
    assert "The weights file of the export, tuned.safetensors, is not at" in said
    assert "--weights tuned.safetensors" in said
    assert parity(tmp_path / "net", "--data", images, "--weights", tmp_path / "moved.safetensors", "-q") == 0
    save_file({name: torch.zeros_like(value) for name, value in state.items()}, tmp_path / "other.safetensors")
    assert "changed: " in refusal(
        capsys, tmp_path / "net", "--data", images, "--weights", tmp_path / "other.safetensors"
    )


# --- against logits files ------------------------------------------------------------------------------------------


def test_a_logits_file_of_the_same_network_passes(
    parity_bundle: Path, parity_model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logits, names = logits_of(parity_model, images), names_in(images)
    path = write_logits_file(tmp_path / "l.mat", parity_bundle, logits, names, inputs=tensors_of(images)[:4])

    code, record = record_of(tmp_path, parity_bundle, "--data", images, "--against", path)

    assert code == 0
    assert record["against"] == "GNU Octave 7.3.0"
    assert record["inputs"] == {
        "compared": 4, "equal": 4, "largest_difference": 0.0, "largest_steps": 0.0, "largest_sample": "",
    }  # fmt: skip
    assert parity(parity_bundle, "--data", images, "--against", path) == 0
    assert "equal to the bit in all 4 samples" in capsys.readouterr().out


def test_a_near_tie_passes_and_is_listed(
    parity_bundle: Path, parity_model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logits, names = logits_of(parity_model, images), names_in(images)
    (tied, *_) = np.flatnonzero(logits.argmax(axis=1) == 5)
    allowed = allowed_in(parity_bundle, logits)[tied]
    margin = float(logits[tied, 5] - logits[tied, 6])
    assert 0 < margin < allowed
    logits[tied, 6] += margin + 0.3 * allowed  # the tie is decided the other way, by less than is allowed
    path = write_logits_file(tmp_path / "l.mat", parity_bundle, logits, names)

    code, record = record_of(tmp_path, parity_bundle, "--data", images, "--against", path)

    assert (code, record["passed"]) == (0, True)
    (item,) = record["differences"]
    assert (item["sample"], item["status"]) == (names[tied], "near tie")
    assert (item["reference"], item["other"]) == (CLASSES[5], CLASSES[6])
    assert item["margin"] == pytest.approx(margin, abs=allowed / 10)
    assert record["agreement"] == {"top1": TOTAL - 1, "top5": TOTAL, "near_ties": 1, "other_decisions": 0}
    assert record["exchanges"] == [{"reference": CLASSES[5], "other": CLASSES[6], "samples": 1}]
    assert parity(parity_bundle, "--data", images, "--against", path) == 0
    assert f"Decided differently in a near tie (1)" in capsys.readouterr().out  # noqa: F541


def allowed_in(bundle: Path, logits: NDArray[Any]) -> NDArray[Any]:
    opened = load_bundle(bundle)
    return allowance_of(opened, opened.layers[opened.manifest.outputs[0].layer]).of(logits)


@pytest.mark.parametrize("fault", ["a decision", "a logit", "NaN", "rows exchanged"])
def test_a_real_difference_fails(
    parity_bundle: Path, parity_model: Path, images: Path, tmp_path: Path, fault: str
) -> None:
    logits, names = logits_of(parity_model, images), names_in(images)
    status = "beyond the allowance"
    if fault == "a decision":
        lowest = int(logits[4].argmin())
        logits[4, lowest] = logits[4].max() + 0.01
        status = "other decision"
    elif fault == "a logit":
        logits[4, logits[4].argmin()] -= 1.5 * allowed_in(parity_bundle, logits)[4]
    elif fault == "NaN":
        logits[4, 0] = np.nan
        status = "not finite"
    else:
        logits[[4, 5]] = logits[[5, 4]]
    path = write_logits_file(tmp_path / "l.mat", parity_bundle, logits, names)

    code, record = record_of(tmp_path, parity_bundle, "--data", images, "--against", path)

    assert (code, record["passed"]) == (1, False)
    assert names[4] in [item["sample"] for item in record["differences"]]
    if fault != "rows exchanged":
        assert [item["status"] for item in record["differences"]] == [status]


def test_inputs_that_were_prepared_otherwise_are_told(
    parity_bundle: Path, parity_model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = tensors_of(images)[:3]
    inputs[1, 2, 3, 4] += np.float32(2 / 255 / 0.25)
    names = names_in(images)
    path = write_logits_file(tmp_path / "l.mat", parity_bundle, logits_of(parity_model, images), names, inputs=inputs)

    _, record = record_of(tmp_path, parity_bundle, "--data", images, "--against", path)

    assert (record["inputs"]["compared"], record["inputs"]["equal"]) == (3, 2)
    assert record["inputs"]["largest_sample"] == names[1]
    assert record["inputs"]["largest_steps"] == pytest.approx(2, rel=1e-3)
    parity(parity_bundle, "--data", images, "--against", path)
    assert "by up to 2 grey levels of 255" in capsys.readouterr().out


def test_inputs_under_a_name_that_is_there_twice_are_left_out(
    parity_bundle: Path, parity_model: Path, images: Path, tmp_path: Path
) -> None:
    logits, inputs, names = logits_of(parity_model, images), tensors_of(images)[:3], names_in(images)
    path = write_logits_file(
        tmp_path / "l.mat", parity_bundle, logits, names, inputs=inputs, input_names=[names[0], names[0], names[2]]
    )

    code, record = record_of(tmp_path, parity_bundle, "--data", images, "--against", path)

    assert code == 0
    assert (record["inputs"]["compared"], record["inputs"]["equal"]) == (1, 1)


def test_logits_that_are_all_nan_have_no_accuracy_but_zero(
    parity_bundle: Path, parity_model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logits, names = logits_of(parity_model, images) * np.nan, names_in(images)
    path = write_logits_file(tmp_path / "l.mat", parity_bundle, logits, names, producer="onnxruntime, by hand")

    assert parity(parity_bundle, "--data", images, "--against", path) == 1

    said = capsys.readouterr().out
    assert f"0.00% (0 of {TOTAL})" in said
    assert "no sample has finite logits on both sides" in said
    assert "not recorded: not compared" in said
    assert "same tensors" not in said


def test_a_mismatch_stays_one_where_a_report_cannot_be_written(
    parity_bundle: Path, parity_model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logits, names = logits_of(parity_model, images), names_in(images)
    logits[3, 0] += 1
    path = write_logits_file(tmp_path / "l.mat", parity_bundle, logits, names)
    arguments = (parity_bundle, "--data", images, "--against", path, "--json", tmp_path / "no" / "x.json")

    assert parity(*arguments, "--csv", tmp_path / "apart.csv", "-q") == 1

    assert "cannot be written" in capsys.readouterr().err
    assert names[3] in (tmp_path / "apart.csv").read_text()
    assert "--csv would write over what --json writes" in refusal(
        capsys, parity_bundle, "--data", images, "--json", tmp_path / "x", "--csv", tmp_path / "x"
    )


def test_pixels_are_no_verdict(
    parity_bundle: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (parity_bundle, "--data", images, "--pixels", tmp_path / "p.mat")
    assert "leaves --against, --json without a meaning" in refusal(
        capsys, *arguments, "--against", "octave", "--json", tmp_path / "p.json"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_class_without_a_sample_is_noted(parity_bundle: Path, images: Path, tmp_path: Path) -> None:
    fewer = shutil.copytree(images, tmp_path / "fewer")
    shutil.rmtree(fewer / "cow")
    code, record = record_of(tmp_path, parity_bundle, "--data", fewer)
    assert (code, record["notes"]) == (0, ["no sample of 1 of the 7 classes was compared: cow"])
    assert record_of(tmp_path, parity_bundle, "--data", images)[1]["notes"] == []


MIXING = """
import torch
from torch import nn


class Mixing(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.head = nn.Linear(3 * 7 * 5, outputs)

    def forward(self, images):
        scores = self.head(images.flatten(1))
        return scores - 0.5 * scores.mean(0, keepdim=True)


def seven():
    torch.manual_seed(4)
    return Mixing(7)


def one():
    torch.manual_seed(4)
    return Mixing(1)
"""


def test_a_network_that_mixes_its_batch_is_judged_one_image_at_a_time_or_not_at_all(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mixing.py").write_text(MIXING)

    def exported(factory: str, batch: int) -> Path:
        path = tmp_path / f"{factory}{batch}"
        size = f"{batch}x3x{HEIGHT}x{WIDTH}"
        arguments = [f"{tmp_path / 'mixing.py'}:{factory}", "--input", size, "--normalize", NORMALIZE, "-o", str(path)]
        assert invoke(["export", *arguments, "--noise-runs", "1", "-q"]) == 0
        return path

    assert record_of(tmp_path, exported("seven", 1), "--data", images)[0] == 0
    assert "mixes the samples of a batch" in refusal(capsys, exported("seven", 2), "--data", images)
    assert "gives one number an image" in refusal(capsys, exported("one", 2), "--data", images)


def test_shards_are_merged_and_gaps_refused(
    parity_bundle: Path, parity_model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logits, names = logits_of(parity_model, images), names_in(images)
    shards = tmp_path / "shards"
    shards.mkdir()
    for number, (start, end) in enumerate(((8, TOTAL), (0, 5), (5, 8))):
        write_logits_file(
            shards / f"{number}.mat", parity_bundle, logits[start:end], names[start:end], first=start + 1, total=TOTAL
        )
    arguments = (parity_bundle, "--data", images, "--against", shards)

    assert record_of(tmp_path, *arguments)[1]["samples"]["compared"] == TOTAL
    kept = (shards / "2.mat").rename(tmp_path / "kept.mat")
    assert "lacks the samples 6 to 8" in refusal(capsys, *arguments)
    write_logits_file(shards / "2.mat", parity_bundle, logits[4:8], names[4:8], first=5, total=TOTAL)
    assert "2.mat has sample 5 again" in refusal(capsys, *arguments)
    (shards / "2.mat").unlink()
    shutil.copy(kept, shards / "2.mat")
    (shards / "0.mat").unlink()
    assert f"lacks the samples 9 to {TOTAL}" in refusal(capsys, *arguments)


def test_logits_of_something_else_are_refused(
    parity_bundle: Path, parity_model: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logits, names = logits_of(parity_model, images), names_in(images)

    def said(**change: object) -> str:
        given = {"logits": logits, "names": names} | change
        path = write_logits_file(tmp_path / "l.mat", parity_bundle, **given)  # type: ignore[arg-type]
        return refusal(capsys, parity_bundle, "--data", images, "--against", path)

    assert "made from another bundle (x, not " in said(bundle_id="x")
    assert "its kind is 'pixels'" in said(kind="pixels")
    assert f"is of a data set of {TOTAL + 1} samples" in said(total=TOTAL + 1)
    assert f"Sample 1 is called '{names[1]}'" in said(names=[names[1], names[0], *names[2:]])
    assert "6 logits a sample" in said(logits=logits[:, :6])
    for wrong in (1.5, float("inf"), float("nan")):
        assert "xverify_info.first is" in said(first=wrong)
        assert "xverify_info.total is" in said(total=wrong)
    assert "has an input of 'x', which is none of its samples" in said(inputs=tensors_of(images)[:1], input_names=["x"])
    assert "neither a runtime nor a logits file" in refusal(
        capsys, parity_bundle, "--data", images, "--against", tmp_path / "nothing"
    )
    assert "is no logits file" in refusal(
        capsys, parity_bundle, "--data", images, "--against", parity_bundle / "reference.mat"
    )


# --- bad data ------------------------------------------------------------------------------------------------------


def test_bad_data_are_refused_by_name(
    parity_bundle: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(path: Path) -> str:
        return refusal(capsys, parity_bundle, "--data", path)

    assert f"There is no {tmp_path / 'nothing'}" in said(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    assert "There is no image in" in said(tmp_path / "empty")

    other = shutil.copytree(images, tmp_path / "other")
    (other / "ant").rename(other / "wasp")
    assert "no classes of the network: wasp; it tells 7 classes (ant, bee, cow" in said(other)

    assert "0.png is 6 x 9 pixels; the network takes 5 x 7" in said(write_images(tmp_path / "large", (9, 6)))

    broken = shutil.copytree(images, tmp_path / "broken")
    (broken / "cow" / "1.png").write_bytes((broken / "cow" / "1.png").read_bytes()[:60])
    assert f"{broken / 'cow' / '1.png'} is not a readable image" in said(broken)

    deep = shutil.copytree(images, tmp_path / "deep")
    Image.fromarray(np.full((HEIGHT, WIDTH), 40_000, dtype=np.uint16)).save(deep / "dog" / "2.png")
    assert f"{deep / 'dog' / '2.png'} has 16 bits a channel" in said(deep)

    np.savez(tmp_path / "wrong.npz", images=np.zeros((4, 7, 5, 3), dtype=np.float32))
    assert "`images` in" in said(tmp_path / "wrong.npz")


def test_a_network_that_is_no_classifier_is_refused(
    exported: Path, images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    import xverify

    bundle = xverify.export(
        torch.nn.Bilinear(4, 5, 3), (torch.rand(2, 4), torch.rand(2, 5)), tmp_path / "net", noise_runs=0
    )
    assert "no classifier of images" in refusal(capsys, bundle.path, "--data", images)
    assert "does not say how images become" in refusal(capsys, exported, "--data", images)


def test_pixels_are_written_for_another_machine(parity_bundle: Path, images: Path, tmp_path: Path) -> None:
    import scipy.io

    assert parity(parity_bundle, "--data", images, "--pixels", tmp_path / "pixels.mat", "-q") == 0

    content = scipy.io.loadmat(tmp_path / "pixels.mat")
    first = np.asarray(Image.open(images / names_in(images)[0]))
    np.testing.assert_array_equal(content["pixels"][..., 0], first)
    assert content["pixels"].shape == (HEIGHT, WIDTH, 3, TOTAL)
    assert [str(name[0]) for name in content["files"][:, 0]] == names_in(images)
    assert content["labels"].ravel().tolist() == np.repeat(np.arange(1, 8), OF_EACH).tolist()

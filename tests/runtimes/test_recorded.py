"""Activations from a .mat file, as MATLAB, Octave or a person writes it."""

import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
import scipy.sparse
from handmade_bundles import handmade
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matlab_recordings import VALUES, cell, compared, in_matlab, saved
from numpy.typing import NDArray
from verdict_cases import layer_of, statuses

from xverify.bundle.bundle import Bundle
from xverify.comparison.results import Status
from xverify.errors import XverifyError
from xverify.runtimes.recorded import RecordedActivations

Array = NDArray[Any]


@pytest.mark.parametrize("compressed", [False, True])
def test_a_right_file_passes(recorded_bundle: Bundle, tmp_path: Path, compressed: bool) -> None:
    comparison = compared(recorded_bundle, saved(tmp_path, in_matlab(recorded_bundle), compressed=compressed))
    assert comparison.passed
    assert comparison.coverage.compared == len(VALUES)
    assert comparison.against == "activations.mat (MATLAB R2024b)"
    assert comparison.environment["producer"] == "MATLAB R2024b"
    assert comparison.first_fault is None
    assert any("accumulated errors only" in note for note in comparison.notes)
    assert all(layer.local is None for layer in comparison.layers)


def test_a_file_without_a_label_passes_and_is_said_to_be_unlabelled(recorded_bundle: Bundle, tmp_path: Path) -> None:
    comparison = compared(recorded_bundle, saved(tmp_path, in_matlab(recorded_bundle), info=None))
    assert comparison.passed
    assert comparison.against == "activations.mat (unlabelled)"
    assert any(note.startswith("unlabelled: activations.mat") for note in comparison.notes)


def test_the_networks_inputs_may_be_in_the_file(recorded_bundle: Bundle, tmp_path: Path) -> None:
    assert compared(recorded_bundle, saved(tmp_path, in_matlab(recorded_bundle) | {"x": np.ones((3, 2))})).passed


@pytest.mark.parametrize(
    "change",
    [
        {"images": VALUES["images"].transpose(2, 3, 1, 0).astype(np.float64)},
        {"vector": VALUES["vector"][None]},
        {"vector": VALUES["vector"][:, None]},
        {"vector": VALUES["vector"][None, None]},
        {"total": np.array([[2.5]])},
        {"mask": VALUES["mask"].astype(np.float64)},
        {"mask": VALUES["mask"]},
        {"index": np.array([[3.0, 0.0, 250.0]])},
        {"index": np.array([[3], [0], [250]], np.uint8)},
        {"one_feature": VALUES["one_feature"].T},
    ],
    ids=lambda change: "{0} {1.dtype} {1.shape}".format(*next(iter(change.items()))),
)
def test_values_in_another_guise_pass(recorded_bundle: Bundle, tmp_path: Path, change: dict[str, Array]) -> None:
    comparison = compared(recorded_bundle, saved(tmp_path, in_matlab(recorded_bundle) | change))
    assert comparison.passed, comparison.failed


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("images", VALUES["images"], "shape 7x5x2x3 instead of 2x3x5x7 (stored in MATLAB as SSCB: 5x7x3x2)"),
        ("images", VALUES["images"].transpose(3, 2, 1, 0), "shape 2x3x7x5 instead of 2x3x5x7"),
        ("images", VALUES["images"][0].transpose(1, 2, 0), "shape 1x3x5x7 instead of 2x3x5x7"),
        ("images", VALUES["images"].reshape(-1), "instead of 2x3x5x7"),
        ("images", VALUES["images"][..., None], "instead of 2x3x5x7"),
        ("images", np.float32(1), "instead of 2x3x5x7"),
        ("images", np.zeros((0, 0)), "instead of 2x3x5x7"),
        ("features", VALUES["features"], "shape 4x2 instead of 2x4"),
        ("vector", VALUES["vector"].reshape(2, 3), "shape 2x3 instead of 6"),
        ("vector", VALUES["vector"][:5], "shape 5x1 instead of 6"),
        ("total", np.ones((1, 2)), "shape 1x2 instead of scalar"),
        ("features", VALUES["features"].T + 1j, "its values are complex"),
        ("features", {"value": VALUES["features"].T}, "instead of 2x4"),
        ("features", cell(4, 2), "instead of 2x4"),
        ("features", "some text", "instead of 2x4"),
        ("features", np.array(["ab", "cd", "ef", "gh"]), "instead of 2x4"),
        ("features", scipy.sparse.csc_matrix(VALUES["features"].T), "instead of 2x4"),
        ("total", {"value": 2.5}, "its values are object"),
        ("total", "x", "its values are <U1"),
        ("unknown", cell(3, 4, 2), "its values are object"),
        ("features", VALUES["features"].T > 0, "its values are uint8 instead of float32"),
        ("features", np.ones((4, 2), np.int16), "its values are int16 instead of float32"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_the_layers_value_fails_it_alone(
    recorded_bundle: Bundle, tmp_path: Path, name: str, value: Any, reason: str
) -> None:
    comparison = compared(recorded_bundle, saved(tmp_path, in_matlab(recorded_bundle) | {name: value}))
    assert not comparison.passed
    assert statuses(comparison) == dict.fromkeys(VALUES, Status.PASSED) | {name: Status.FAILED}
    assert reason in layer_of(comparison, name).reason


def test_exchanged_height_and_width_of_a_square_are_found_by_value(tmp_path: Path) -> None:
    square = np.random.default_rng(6).normal(size=(2, 3, 6, 6)).astype(np.float32)
    bundle = handmade(tmp_path / "net", {"square": square}, dims={"square": "NCHW"})
    assert compared(bundle, saved(tmp_path, {"square": square.transpose(2, 3, 1, 0)})).passed
    assert not compared(bundle, saved(tmp_path, {"square": square.transpose(3, 2, 1, 0)})).passed


def test_extra_and_missing_variables_are_found(recorded_bundle: Bundle, tmp_path: Path) -> None:
    content = in_matlab(recorded_bundle)
    del content["features"]
    comparison = compared(recorded_bundle, saved(tmp_path, content | {"ans": 1.0, "notes": "run on Monday"}))
    assert not comparison.passed
    assert set(comparison.problems) == {"'ans' is no layer of this bundle", "'notes' is no layer of this bundle"}
    assert layer_of(comparison, "features").reason == "missing from the activations"


def test_a_variable_that_is_there_twice_is_found(recorded_bundle: Bundle, tmp_path: Path) -> None:
    path = saved(tmp_path, in_matlab(recorded_bundle))
    scipy.io.savemat(tmp_path / "more.mat", {"features": VALUES["features"].T})
    header = 128
    path.write_bytes(path.read_bytes() + (tmp_path / "more.mat").read_bytes()[header:])
    comparison = compared(recorded_bundle, path)
    assert not comparison.passed
    assert comparison.problems == ("layer 'features' is there 2 times",)


# --- other files -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"text\n" * 100, b"\x89HDF\r\n\x1a\n" + bytes(900)])
def test_what_is_no_mat_file_is_refused(recorded_bundle: Bundle, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(XverifyError, match="is not a readable MAT file"):
        RecordedActivations(tmp_path / "a.mat", recorded_bundle)


def test_a_file_with_nothing_in_it_compares_nothing(recorded_bundle: Bundle, tmp_path: Path) -> None:
    comparison = compared(recorded_bundle, saved(tmp_path, {}, info=None))
    assert not comparison.passed
    assert comparison.coverage.compared == 0


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_compared_but_nothing_else(
    recorded_bundle: Bundle, tmp_path: Path, data: st.DataObject
) -> None:
    """Compressed, as MATLAB writes: scipy can crash on damaged structs where no checksum protects them."""
    content = bytearray(saved(tmp_path, in_matlab(recorded_bundle), compressed=True).read_bytes())
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(128, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "a.mat").write_bytes(content[: data.draw(st.just(len(content)) | st.integers(0, len(content)))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            comparison = compared(recorded_bundle, tmp_path / "a.mat")
        except XverifyError:
            return
    assert comparison.passed == (comparison.coverage.compared == len(VALUES) and not comparison.failed)


def test_files_that_matlab_wrote_for_other_ends_are_refused_or_do_not_match(recorded_bundle: Bundle) -> None:
    """The files of scipy's tests: every type of variable, several releases of MATLAB, some damaged on purpose."""
    files = sorted((Path(scipy.io.__file__).parent / "matlab" / "tests" / "data").glob("*.mat"))
    if not files:
        pytest.skip("this scipy comes without its test data")
    opened = 0
    for file in files:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                comparison = compared(recorded_bundle, file)
            except XverifyError:
                continue
        opened += 1
        assert not comparison.passed, file.name
        assert comparison.coverage.compared == 0, file.name
    assert opened > len(files) / 2


MATLAB_MADE = Path(__file__).resolve().parents[3] / "shared" / "data" / "matlab-made"


def test_real_files_that_hold_no_activations(recorded_bundle: Bundle) -> None:
    if not MATLAB_MADE.is_dir():
        pytest.skip("the files that MATLAB made are not here (../shared/data/matlab-made)")
    comparison = compared(recorded_bundle, MATLAB_MADE / "dcfnet" / "net_param.mat")
    assert not comparison.passed
    assert "'conv1_w' is no layer of this bundle" in comparison.problems
    for name in ("unet113_2019.mat", "unet113_2024b.mat"):  # network objects
        with pytest.raises(XverifyError, match="is not a readable MAT file"):
            compared(recorded_bundle, MATLAB_MADE / "unet" / name)


OCTAVE = """
s = rmfield(load('reference.mat'), '{name}');
s.xverify_info.producer = 'GNU Octave';
save('{form}', 'activations.mat', '-struct', 's');
"""


@pytest.mark.parametrize("form", ["-v6", "-v7"])
def test_what_octave_saves_passes(cnn_bundle: Bundle, tmp_path: Path, form: str) -> None:
    octave = shutil.which("octave-cli")
    if octave is None:
        pytest.skip("GNU Octave is not installed")
    shutil.copy(cnn_bundle.path / "reference.mat", tmp_path)
    code = OCTAVE.format(form=form, name=cnn_bundle.manifest.inputs[0].id)
    subprocess.run([octave, "-qf", "--no-history", "--eval", code], cwd=tmp_path, check=True, timeout=60)
    comparison = compared(cnn_bundle, tmp_path / "activations.mat")
    assert comparison.passed
    assert comparison.against == "activations.mat (GNU Octave)"

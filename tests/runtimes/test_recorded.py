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
        ("features", cell(4, 2), "its values are object, not numbers"),
        ("features", "some text", "instead of 2x4"),
        ("features", np.array(["ab", "cd", "ef", "gh"]), "instead of 2x4"),
        ("features", scipy.sparse.csc_matrix(VALUES["features"].T), "its values are object, not numbers"),
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


@pytest.mark.parametrize(
    ("value", "note"),
    [
        (scipy.sparse.csc_matrix(np.eye(4, 2)), "'features': features is a sparse matrix; save full(features)"),
        (VALUES["features"].T + 1j, "'features': features is complex-valued; save its real part, real(features)"),
        (cell(4, 2), "'features': features is a cell, not an array of numbers"),
        ({"value": 1.0}, "'features': features is a struct, not an array of numbers"),
        ("text", "'features': features is a char, not an array of numbers"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_note_says_what_a_value_is_instead(recorded_bundle: Bundle, tmp_path: Path, value: Any, note: str) -> None:
    comparison = compared(recorded_bundle, saved(tmp_path, in_matlab(recorded_bundle) | {"features": value}))
    assert [text for text in comparison.notes if text.startswith(note)]


def test_nan_fails_its_layer_alone(recorded_bundle: Bundle, tmp_path: Path) -> None:
    value = VALUES["features"].T.copy()
    value[1, 1] = np.nan
    comparison = compared(recorded_bundle, saved(tmp_path, in_matlab(recorded_bundle) | {"features": value}))
    assert not comparison.passed
    assert statuses(comparison) == dict.fromkeys(VALUES, Status.PASSED) | {"features": Status.FAILED}


def test_a_renamed_layer_is_missing_and_extra_and_the_map_is_named(recorded_bundle: Bundle, tmp_path: Path) -> None:
    content = in_matlab(recorded_bundle)
    content["x_features_0_Conv"] = content.pop("images")
    comparison = compared(recorded_bundle, saved(tmp_path, content))
    assert comparison.problems == ("'x_features_0_Conv' is no layer of this bundle",)
    assert layer_of(comparison, "images").reason == "missing from the activations"
    assert any("first 'x_features_0_Conv': --map FILE.toml says" in note for note in comparison.notes)


def test_a_layer_may_be_named_by_its_module_path(tmp_path: Path) -> None:
    """A layer id ends at 20 characters, a MATLAB variable at 63."""
    value = VALUES["features"]
    changes = {"block_9_expand_0": {"module_path": "backbone.blocks.9.expand.0"}}
    bundle = handmade(tmp_path / "net", {"block_9_expand_0": value}, dims={"block_9_expand_0": "NC"}, changes=changes)
    content = {"backbone_blocks_9_expand_0": value.T}
    assert compared(bundle, saved(tmp_path, content)).passed
    twice = compared(bundle, saved(tmp_path, content | {"block_9_expand_0": value.T}))
    assert twice.problems == ("layer 'block_9_expand_0' is there 2 times",)


def test_a_module_of_several_layers_names_none(tmp_path: Path) -> None:
    value, changes = VALUES["features"], {name: {"module_path": "net.head"} for name in ("a", "b")}
    bundle = handmade(tmp_path / "net", {"a": value, "b": value}, dims={"a": "NC", "b": "NC"}, changes=changes)
    comparison = compared(bundle, saved(tmp_path, {"net_head": value.T}))
    assert comparison.problems == ("'net_head' is no layer of this bundle",)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (0.0, "the file's input 'x' is the one that PyTorch ran on"),
        (0.25, "the file's input 'x' differs from the one that PyTorch ran on by up to 0.25"),
        (None, "the file's input 'x' is not the one that PyTorch ran on: 3x3 of float64 instead of 2x3 of float32"),
    ],
)
def test_another_input_than_pytorchs_is_said(
    recorded_bundle: Bundle, tmp_path: Path, change: float | None, note: str
) -> None:
    value = np.eye(3) if change is None else recorded_bundle.reference(recorded_bundle.manifest.inputs[0]) + change
    comparison = compared(recorded_bundle, saved(tmp_path, in_matlab(recorded_bundle) | {"x": value}))
    assert note in comparison.notes


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
    assert any("5 variables of net_param.mat are not named like a layer" in note for note in comparison.notes)


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

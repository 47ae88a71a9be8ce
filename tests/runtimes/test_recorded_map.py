"""Activations of a foreign file through a map: cells, structs, other axis orders; every version of MAT files."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
from hdf5_files import save_v73
from matlab_recordings import INFO, VALUES, in_matlab
from numpy.typing import NDArray
from verdict_cases import layer_of, statuses

from xverify.bundle.bundle import Bundle
from xverify.bundle.matfile import cell
from xverify.comparison.compare import compare_bundle
from xverify.comparison.results import Comparison, Status
from xverify.errors import XverifyError
from xverify.runtimes.recorded import RecordedActivations

Array = NDArray[Any]

MAP = """
[images]
variable = "res{2}"
dims = "BCSS"

[one_image]
variable = "net.layers{1}.out"
dims = "SSC"
flip = "C"

[sequences]
variable = "res{1}"
dims = "BTC"
"""


def content(bundle: Bundle) -> dict[str, Any]:
    """Three layers in another place and order; the others are named by their ids."""
    plain = {
        name: value for name, value in in_matlab(bundle).items() if name not in {"images", "one_image", "sequences"}
    }
    flipped = VALUES["one_image"][0, ::-1].transpose(1, 2, 0)
    return plain | {
        "res": [VALUES["sequences"], VALUES["images"]],
        "net": {"layers": [{"out": flipped, "type": "conv"}]},
        "ans": 1.0,
        "notes": "run on Monday",
    }


def for_scipy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: for_scipy(item) for name, item in value.items()}
    return cell([for_scipy(item) for item in value]) if isinstance(value, list) else value


def saved(folder: Path, values: dict[str, Any], version: str = "v7") -> Path:
    path = folder / "net_param.mat"
    if version == "v7.3":
        return save_v73(path, values)
    scipy.io.savemat(path, for_scipy(values), do_compression=version == "v7", oned_as="column")
    return path


def compared(bundle: Bundle, path: Path, text: str = MAP) -> Comparison:
    mapping = path.parent / "map.toml"
    mapping.write_text(text, encoding="utf-8")
    return compare_bundle(bundle, RecordedActivations(path, bundle, mapping))


@pytest.mark.parametrize("version", ["v6", "v7", "v7.3"])
def test_a_mapped_file_passes(recorded_bundle: Bundle, tmp_path: Path, version: str) -> None:
    comparison = compared(recorded_bundle, saved(tmp_path, content(recorded_bundle), version))
    assert comparison.passed, (comparison.failed, comparison.problems)
    assert comparison.coverage.compared == len(VALUES)
    assert comparison.environment["map"] == "map.toml"
    origin = "shapes and axis orders were taken from map.toml and the manifest"
    assert f"unlabelled: net_param.mat has no xverify_info; {origin}" in comparison.notes
    assert "2 variables of net_param.mat are not used, first 'ans'" in comparison.notes


def test_a_mapped_file_may_have_a_label(recorded_bundle: Bundle, tmp_path: Path) -> None:
    label = {name: INFO[name] for name in ("producer", "bundle_id")}
    for version in ("v7", "v7.3"):
        path = saved(tmp_path, content(recorded_bundle) | {"xverify_info": label}, version)
        comparison = compared(recorded_bundle, path)
        assert comparison.passed
        assert comparison.against == "net_param.mat (MATLAB R2024b)"
        path = saved(tmp_path, content(recorded_bundle) | {"xverify_info": label | {"bundle_id": "other"}}, version)
        with pytest.raises(XverifyError, match=r"was made from another bundle \(other;"):
            compared(recorded_bundle, path)


@pytest.mark.parametrize("version", ["v7", "v7.3"])
@pytest.mark.parametrize(
    ("change", "layer"),
    [
        (('flip = "C"', ""), "one_image"),
        (('dims = "SSC"', 'dims = "WHC"'), "one_image"),
        (('dims = "BTC"', 'dims = "CTB"'), "sequences"),
        (('"res{2}"', '"res{1}"'), "images"),
    ],
)
def test_a_wrong_entry_fails_its_layer_alone(
    recorded_bundle: Bundle, tmp_path: Path, version: str, change: tuple[str, str], layer: str
) -> None:
    comparison = compared(recorded_bundle, saved(tmp_path, content(recorded_bundle), version), MAP.replace(*change))
    assert statuses(comparison) == dict.fromkeys(VALUES, Status.PASSED) | {layer: Status.FAILED}


def test_a_layer_that_neither_the_map_nor_a_name_finds_is_missing(recorded_bundle: Bundle, tmp_path: Path) -> None:
    text = MAP.partition("[sequences]")[0]
    comparison = compared(recorded_bundle, saved(tmp_path, content(recorded_bundle)), text)
    assert not comparison.passed
    assert not comparison.problems
    assert layer_of(comparison, "sequences").reason == "missing from the activations"


def test_the_map_goes_before_the_name(recorded_bundle: Bundle, tmp_path: Path) -> None:
    values = content(recorded_bundle) | {"images": np.zeros((2, 2))}
    comparison = compared(recorded_bundle, saved(tmp_path, values))
    assert comparison.passed
    assert any("3 variables of net_param.mat are not used" in note for note in comparison.notes)


def test_two_layers_may_lie_in_one_variable(recorded_bundle: Bundle, tmp_path: Path) -> None:
    text = MAP + '[one_feature]\nvariable = "features"\n'
    comparison = compared(recorded_bundle, saved(tmp_path, content(recorded_bundle)), text)
    assert statuses(comparison)["features"] == Status.PASSED
    assert layer_of(comparison, "one_feature").reason.startswith("shape 2x4 instead of 2x1")


@pytest.mark.parametrize(("flip", "same"), [("C", True), ("", False)])
def test_the_input_may_be_mapped(recorded_bundle: Bundle, tmp_path: Path, flip: str, same: bool) -> None:
    """The input of `recorded_bundle` has no dims: its axes cannot be flipped, so the file's are."""
    value = recorded_bundle.reference(recorded_bundle.manifest.inputs[0])
    values = content(recorded_bundle) | {"data": value if flip else value[:, ::-1]}
    text = MAP + '[x]\nvariable = "data"\n'
    comparison = compared(recorded_bundle, saved(tmp_path, values), text)
    said = "is the one that PyTorch ran on" if same else "differs from the one that PyTorch ran on by up to 2"
    assert f"the file's input 'x' {said}" in comparison.notes


@pytest.mark.parametrize("version", ["v6", "v7.3"])
@pytest.mark.parametrize(
    ("variable", "reason"),
    [
        ("rest", "has no variable 'rest'"),
        ("res{3}", "there is no {3} in it"),
        ("net.layers{1}.output", "net.layers{1} has no field 'output'; it has "),
        ("net.layers.out", "net.layers is a 1x1 cell, which has no fields"),
    ],
)
def test_a_value_that_is_not_there_is_an_error(
    recorded_bundle: Bundle, tmp_path: Path, version: str, variable: str, reason: str
) -> None:
    path = saved(tmp_path, content(recorded_bundle), version)
    with pytest.raises(XverifyError) as caught:
        compared(recorded_bundle, path, MAP.replace("res{2}", variable))
    assert caught.value.message.startswith(f"{tmp_path / 'map.toml'}: [images]: ")
    assert reason in caught.value.message
    assert caught.value.hint


def test_a_mapped_variable_that_is_there_twice_is_an_error(recorded_bundle: Bundle, tmp_path: Path) -> None:
    path = saved(tmp_path, content(recorded_bundle), "v6")
    scipy.io.savemat(tmp_path / "more.mat", {"res": 1.0})
    path.write_bytes(path.read_bytes() + (tmp_path / "more.mat").read_bytes()[128:])
    with pytest.raises(XverifyError, match="has 2 variables 'res'"):
        compared(recorded_bundle, path)


def test_whole_numbers_in_a_cell_are_floats(recorded_bundle: Bundle, tmp_path: Path) -> None:
    """MATLAB stores the single [0 1 2] as bytes, in a cell as well: the layer fails by its values, not by its type."""
    values = content(recorded_bundle)
    values["res"][0] = np.ones(VALUES["sequences"].shape, np.uint8)
    path = saved(tmp_path, values, "v6")
    data = bytearray(path.read_bytes())
    position = data.index(bytes([9, 0, 0, 0, 0, 0, 0, 0]), data.index(b"\x01\x00\x03\x00res"))
    data[position] = 7  # mxSINGLE_CLASS
    path.write_bytes(data)
    assert "instead of float32" not in layer_of(compared(recorded_bundle, path), "sequences").reason


OCTAVE = """
load('plain.mat');
res(1).x = single([]); res(2).x = images; res(2).time = 0.5;   % as MatConvNet's vl_simplenn returns it
net.layers = {struct('type', 'conv'), struct('type', 'relu', 'out', flip(one_image, 3))};
clear images one_image
save('FORM', 'net_param.mat');
"""


@pytest.mark.parametrize("form", ["-v6", "-v7"])
def test_structs_and_cells_that_octave_saves(recorded_bundle: Bundle, tmp_path: Path, form: str) -> None:
    octave = shutil.which("octave-cli")
    if octave is None:
        pytest.skip("GNU Octave is not installed")
    scipy.io.savemat(tmp_path / "plain.mat", in_matlab(recorded_bundle))
    code = OCTAVE.replace("FORM", form)
    subprocess.run([octave, "-qf", "--no-history", "--eval", code], cwd=tmp_path, check=True, timeout=60)
    text = '[images]\nvariable = "res(2).x"\n[one_image]\nvariable = "net.layers{2}.out"\ndims = "SSC"\nflip = "C"\n'
    comparison = compared(recorded_bundle, tmp_path / "net_param.mat", text)
    assert comparison.passed, (comparison.failed, comparison.problems)

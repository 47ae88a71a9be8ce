"""The file of --map: what it may say, and what is said about everything else."""

from pathlib import Path

import pytest

from xverify.bundle.bundle import Bundle
from xverify.bundle.variable_path import parse_path
from xverify.errors import XverifyError
from xverify.runtimes.stored_axes import StoredAxes
from xverify.runtimes.variable_map import MappedVariable, read_map


def written(folder: Path, text: str) -> Path:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_entries_are_read_in_their_order(recorded_bundle: Bundle, tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        [one_image]
        variable = "net.layers{3}.out"  # MatConvNet
        dims = "SSC"
        flip = "C"

        [features]
        variable = "y"
        """,
    )
    found = read_map(file, recorded_bundle)
    assert found.file == file
    assert found.entries == (
        MappedVariable("one_image", parse_path("net.layers{3}.out"), StoredAxes((2, 3, 1, 0), 3, (1,))),
        MappedVariable("features", parse_path("y"), StoredAxes((1, 0), 2)),
    )
    assert found.layers == {"one_image", "features"}


def test_an_input_may_be_named(recorded_bundle: Bundle, tmp_path: Path) -> None:
    found = read_map(written(tmp_path, '[x]\nvariable = "input"'), recorded_bundle)
    assert found.entries[0].layer == "x"


def test_several_layers_may_lie_in_one_variable(recorded_bundle: Bundle, tmp_path: Path) -> None:
    text = '[features]\nvariable = "a"\n[one_feature]\nvariable = "a"'
    assert len(read_map(written(tmp_path, text), recorded_bundle).entries) == 2


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "names no layers", "An entry is"),
        ("# nothing", "names no layers", "An entry is"),
        ("[features", "is not valid TOML", "An entry is"),
        ('[features]\nvariable = "a"\n[features]\nvariable = "b"', "is not valid TOML", "An entry is"),
        ('[feature]\nvariable = "a"', "[feature] is no layer of this bundle", "Did you mean [features]?"),
        ('[zzz]\nvariable = "a"', "[zzz] is no layer of this bundle", "`xverify inspect BUNDLE` lists the layers."),
        ('[net.features]\nvariable = "a"', "[net] is no layer of this bundle", ""),
        ("[features]", "[features]: Object missing required field `variable`", "An entry is"),
        ('[features]\nvariable = "a"\ndim = "CB"', "[features]: Object contains unknown field `dim`", "An entry is"),
        ("[features]\nvariable = 3", "[features]: Expected `str`, got `int` - at `$.variable`", "An entry is"),
        ('[features]\nvariable = "a"\ndims = ["C", "B"]', "[features]: Expected `str`, got `array`", "An entry is"),
        ('features = "a"', "[features]: Expected `object`, got `str`", "An entry is"),
        ('[features]\nvariable = ""', "[features]: '' does not begin with the name of a variable", "An entry is"),
        ('[features]\nvariable = "a{0}"', "MATLAB counts from 1", "An entry is"),
        ('[features]\nvariable = "a"\ndims = "SSCB"', "[features]: dims = 'SSCB' does not fit", "An entry is"),
        (
            '[features]\nvariable = "a"\ndims = "C"',
            "[features]: dims = 'C' leaves out B, but the batch is 2",
            "An entry",
        ),
        ('[features]\nvariable = "a"\nflip = "S"', "[features]: flip = 'S' names no axis", "An entry is"),
        ('[unknown]\nvariable = "a"\ndims = "SSC"', "[unknown]: its axes have no letters", "An entry is"),
    ],
)
def test_a_wrong_map_is_refused(recorded_bundle: Bundle, tmp_path: Path, text: str, message: str, hint: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(XverifyError) as caught:
        read_map(file, recorded_bundle)
    assert caught.value.message.startswith(str(file))
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_map_that_cannot_be_read_is_refused(recorded_bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match=r"map\.toml cannot be read: No such file"):
        read_map(tmp_path / "map.toml", recorded_bundle)
    with pytest.raises(XverifyError, match="cannot be read: Is a directory"):
        read_map(tmp_path, recorded_bundle)
    (tmp_path / "map.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(XverifyError, match="is not valid TOML"):
        read_map(tmp_path / "map.toml", recorded_bundle)

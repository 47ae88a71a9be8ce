"""`--map`: arrays and layers of other names, and every way in which a map can be wrong."""

from pathlib import Path

import numpy as np
import pytest
import scipy.io
from safetensors.numpy import load_file
from weights_networks import exported, layers_of, save_structs, state_of

from xverify.bundle.bundle import Bundle
from xverify.errors import XverifyError
from xverify.workflows.reimport import reimport
from xverify.workflows.weights import compare_weights


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return exported("folding", 1, tmp_path_factory.mktemp("map") / "net")


@pytest.fixture
def arrays(tmp_path: Path) -> Path:
    """The parameters as someone else keeps them: PyTorch's order, input channels backwards, a cell."""
    state = state_of("folding", 2)
    cells = np.empty((1, 2), object)
    cells[0, 0], cells[0, 1] = state["1.running_mean"], state["1.running_var"]
    content = {
        "w0": state["0.weight"][:, ::-1], "norm": {"gamma": state["1.weight"], "beta": state["1.bias"]}, "statistics": cells,
        "w3": state["3.weight"].transpose(2, 3, 1, 0), "b3": state["3.bias"], "unused": np.eye(3),
    }  # fmt: skip
    scipy.io.savemat(tmp_path / "arrays.mat", content)
    return tmp_path / "arrays.mat"


MAP = """
["0.weight"]
variable = "w0"
axes = "O I H W"
flip = "I"

[layer_1]
Scale = "norm.gamma"
Offset = "norm.beta"
TrainedMean = "statistics{1}"
TrainedVariance = "statistics{2}"

[layer_3.Weights]
variable = "w3"

["3.bias"]
variable = "b3"
"""


def map_file(folder: Path, text: str) -> Path:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_arrays_come_back_through_a_map(bundle: Bundle, arrays: Path, tmp_path: Path) -> None:
    record = reimport(bundle.path, arrays, tmp_path / "state.safetensors", mapping=map_file(tmp_path, MAP))
    state = load_file(tmp_path / "state.safetensors")
    expected = state_of("folding", 2)
    assert record.kept.keys() == {"1.num_batches_tracked"}
    for name in expected.keys() - record.kept.keys():
        assert state[name].tobytes() == expected[name].tobytes(), name
    assert {item.matched_by for item in record.comparison.parameters if item.where} == {"map"}
    assert "not used, because the map does not name them: unused" in record.notes


def test_a_flip_that_the_map_lacks_is_named(bundle: Bundle, tmp_path: Path) -> None:
    state = state_of("folding", 1)
    scipy.io.savemat(tmp_path / "w.mat", {"w0": state["0.weight"][:, ::-1].transpose(2, 3, 1, 0)})
    mapping = map_file(tmp_path, '["0.weight"]\nvariable = "w0"\n')
    comparison = compare_weights(bundle.path, tmp_path / "w.mat", mapping=mapping)
    (changed,) = [item for item in comparison.parameters if item.status == "changed"]
    assert changed.note == (
        'reversed along the input channels, as between RGB and BGR (flip = "I" in a map): then they are equal'
    )


def test_a_layer_of_another_name(bundle: Bundle, tmp_path: Path) -> None:
    layers = layers_of(bundle)
    layers["conv_1"] = {
        "Weights": layers.pop("layer_3")["Weights"] * np.float32(1.5),
        "Bias": np.ones((1, 1, 2), np.float32),
    }
    file = save_structs(tmp_path / "w.mat", layers)
    assert [i.status for i in compare_weights(bundle.path, file).parameters if i.layer == "layer_3"] == ["missing"] * 2
    for text in (
        '[layer_3]\nlayer = "conv_1"\n',
        '[layer_3.Weights]\nlayer = "conv_1"\n[layer_3.Bias]\nlayer = "conv_1"\nproperty = "Bias"\n',
    ):
        comparison = compare_weights(bundle.path, file, mapping=map_file(tmp_path, text))
        found = [item for item in comparison.parameters if item.layer == "layer_3"]
        assert [(item.where, item.status, item.matched_by) for item in found] == [
            ("conv_1.Weights", "changed", "map"), ("conv_1.Bias", "changed", "map"),
        ]  # fmt: skip
        assert not [item for item in comparison.parameters if item.status == "extra"]


def test_what_a_mapped_layer_has_beside_is_extra(bundle: Bundle, tmp_path: Path) -> None:
    layers = layers_of(bundle)
    layers["conv_1"] = layers.pop("layer_3") | {"Alpha": np.ones((1, 1, 2), np.float32)}
    text = '[layer_3.Weights]\nlayer = "conv_1"\n[layer_3.Bias]\nlayer = "conv_1"\n'
    comparison = compare_weights(
        bundle.path, save_structs(tmp_path / "w.mat", layers), mapping=map_file(tmp_path, text)
    )
    assert [item.where for item in comparison.parameters if item.status == "extra"] == ["conv_1.Alpha"]


def test_plain_arrays_need_a_map(bundle: Bundle, arrays: Path) -> None:
    scipy.io.savemat(arrays, {"w0": np.eye(3)})
    with pytest.raises(XverifyError, match="holds no layers: which array is which parameter is not known") as error:
        compare_weights(bundle.path, arrays)
    assert "variable =" in error.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no parameters"),
        ("[layer_3", "is not valid TOML"),
        ('layer_3 = "w3"', "'layer_3' is no table"),
        ('[layer_4]\nlayer = "x"', "[layer_4] is no layer with parameters"),
        ('[layer_2]\nlayer = "x"', "[layer_2] is no layer with parameters"),
        ('[layer_3]\nlayer = "x"', "has no layer 'x'"),
        ('[layer_3]\nlayer = 3', "[layer_3]: Expected `str`"),
        ('[layer_3]\nlayer = "x"\nother = "y"', "unknown field `other`"),
        ('[layer_3]\nScale = "w3"', "convolution2dLayer has no 'Scale'"),
        ('[layer_3.Weights]\naxes = "H W I O"', "needs either 'variable' or 'layer'"),
        ('[layer_3.Weights]\nvariable = "w3"\nlayer = "x"', "needs either 'variable' or 'layer'"),
        ('[layer_3.Weights]\nvariable = "{w3}"', "does not begin with the name of a variable"),
        ('[layer_3.Weights]\nvariable = "w3"\naxes = "H W I"', "does not fit 'H W I O'"),
        ('[layer_3.Weights]\nvariable = "w3"\naxes = "H W I Q"', "does not fit 'H W I O'"),
        ('[layer_3.Weights]\nvariable = "w3"\nflip = "C"', "there is no axis C of its own"),
        ('[layer_3.Weights]\nvariable = "absent"', "there is no variable 'absent'"),
        ('[layer_3.Weights]\nvariable = "statistics{3}"', "there is no {3} in it"),
        ('[layer_3.Weights]\nvariable = "statistics"', "is no array of numbers"),
        ('[layer_3.Weights]\nlayer = "norm"', "has no layer 'norm'"),
        ('["0.weigth"]\nvariable = "w0"', "Did you mean [0.weight]"),
    ],
)  # fmt: skip
def test_maps_that_are_wrong(bundle: Bundle, arrays: Path, tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(XverifyError) as error:
        compare_weights(bundle.path, arrays, mapping=map_file(tmp_path, text))
    assert message in str(error.value)


def test_a_map_that_is_not_there(bundle: Bundle, arrays: Path, tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="cannot be read"):
        compare_weights(bundle.path, arrays, mapping=tmp_path / "none.toml")


def test_one_layer_for_two(bundle: Bundle, tmp_path: Path) -> None:
    file = save_structs(tmp_path / "w.mat", layers_of(bundle))
    mapping = map_file(tmp_path, '[layer_0]\nlayer = "layer_3"\n[layer_3]\nlayer = "layer_3"\n')
    with pytest.raises(XverifyError, match="gives 'layer_3' to several layers"):
        compare_weights(bundle.path, file, mapping=mapping)


def test_two_biases_have_one_array(tmp_path: Path) -> None:
    bundle = exported("sequences", 1, tmp_path / "net")
    file = save_structs(
        tmp_path / "w.mat", {name: arrays for name, arrays in layers_of(bundle).items() if name != "deep"}
    )
    mapping = map_file(tmp_path, '["both.bias_ih_l0"]\nvariable = "b"\n')
    with pytest.raises(XverifyError, match=r"MATLAB has one array for both\.bias_ih_l0, both\.bias_hh_l0"):
        compare_weights(bundle.path, file, mapping=mapping)

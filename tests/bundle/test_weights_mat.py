"""weights.mat as scipy and Octave read it."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handmade_bundles import BUNDLE_ID, handmade

from xverify.bundle import matfile
from xverify.bundle.manifest import Model, Output
from xverify.bundle.mat_contents import Variable
from xverify.bundle.matfile import read, variables
from xverify.bundle.weights import Operation, StoredParameter, write_weights
from xverify.errors import XverifyError

MODEL = Model(name="net", source="", weights="", opset=17, ir_version=8)
KERNEL = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)

GRAPH = (
    Operation(
        "convolution2dLayer", "conv", ("x",), ("conv",), {"Stride": (2, 1), "Name": "größe", "Groups": 1, "Alpha": 0.5},
        {"Weights": "conv_Weights", "Bias": "conv_Bias"},
    ),
    Operation("Add", "head", ("conv", "conv"), ("head",), input_order=("value", "Bias")),
)  # fmt: skip
PARAMETERS = (
    StoredParameter("conv_Weights", KERNEL, "H W I O", ("features.0.weight",)),
    StoredParameter("conv_Bias", np.array([[[1.5, -2.5]]], np.float32), "1 1 C", ("features.0.bias", "größe.bias")),
    StoredParameter("steps", np.array(3, np.int64), "", ()),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    image, feature = np.ones((2, 3, 5, 7), np.float32), np.ones((2, 4), np.float32)
    manifest = handmade(
        folder / "net",
        {"conv": image, "head": feature},
        inputs={"x": image},
        dims={"x": "NCHW", "conv": "NCHW", "head": "NC"},
        changes={"head": {"module_path": "größe.0", "alias_of": "conv"}},
    ).manifest
    path = folder / "weights.mat"
    outputs = (Output("logits", "head"),)
    write_weights(path, BUNDLE_ID, manifest.model, manifest.inputs, outputs, manifest.layers, GRAPH, PARAMETERS)
    return path


def one(path: Path, name: str) -> Any:
    return next(read(path, variable) for variable in variables(path) if variable.name == name)


def text(value: Any) -> str:
    return str(value.item()) if value.size else ""


def test_it_has_the_variables_that_its_module_names(path: Path) -> None:
    names = ["bundle_id", "format_version", "model", "classes", "inputs", "outputs", "layers", "tolerances", "graph"]
    names += ["parameters"]
    assert [variable.name for variable in variables(path)] == names
    assert text(one(path, "bundle_id")) == BUNDLE_ID
    assert one(path, "format_version").item() == 1.0


def test_values_have_their_axes(path: Path) -> None:
    (item,) = one(path, "inputs").ravel()
    found = item[0, 0]
    assert (text(found.id), text(found.name), text(found.dims)) == ("x", "x", "SSCB")
    np.testing.assert_array_equal(found.shape, [[2, 3, 5, 7]])
    np.testing.assert_array_equal(found.permutation, [[3, 4, 2, 1]])
    layers = [layer[0, 0] for layer in one(path, "layers").ravel()]
    assert [text(layer.id) for layer in layers] == ["conv", "head"]
    assert [text(layer.name) for layer in layers] == ["net.conv", "gr??e.0"]  # MAT v5 holds ASCII
    assert [text(layer.alias_of) for layer in layers] == ["", "conv"]


def test_tolerances_are_found_by_layer(path: Path) -> None:
    tolerances = one(path, "tolerances")[0, 0]
    assert tolerances._fieldnames == ["conv", "head"]
    assert tolerances.conv[0, 0].local.item() == 1e-4
    assert tolerances.conv[0, 0].accumulated.item() == 1e-3
    assert tolerances.conv[0, 0].ill_conditioned.item() == 0.0


def test_operations_stand_in_order_with_doubles_and_texts(path: Path) -> None:
    convolution, add = (operation[0, 0] for operation in one(path, "graph").ravel())
    assert (text(convolution.op), text(convolution.layer)) == ("convolution2dLayer", "conv")
    assert [text(name) for name in add.inputs.ravel()] == ["conv", "conv"]
    assert [text(name) for name in add.input_order.ravel()] == ["value", "Bias"]
    attributes = convolution.attributes[0, 0]
    assert (attributes.Groups.dtype, attributes.Groups.item()) == (np.float64, 1.0)
    assert attributes.Alpha.item() == 0.5
    assert text(attributes.Name) == "gr??e"
    np.testing.assert_array_equal(attributes.Stride, [[2.0, 1.0]])
    assert text(convolution.parameters[0, 0].Weights) == "conv_Weights"


def test_parameters_are_stored_once_in_matlabs_layout(path: Path) -> None:
    parameters = one(path, "parameters")[0, 0]
    weights = parameters.conv_Weights[0, 0]
    np.testing.assert_array_equal(weights.value, KERNEL, strict=True)
    np.testing.assert_array_equal(weights.shape, [[2, 3, 4, 5]])
    assert text(weights.axes) == "H W I O"
    assert [text(name) for name in parameters.conv_Bias[0, 0].names.ravel()] == ["features.0.bias", "gr??e.bias"]
    assert parameters.steps[0, 0].value.item() == 3


def test_parameters_that_are_too_large_together_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are one variable of the file, whatever the size of each."""
    monkeypatch.setattr(matfile, "MAX_VARIABLE_BYTES", KERNEL.nbytes + 8)
    with pytest.raises(XverifyError, match=r"The parameters have 0\.00 GB"):
        write_weights(tmp_path / "w.mat", BUNDLE_ID, MODEL, (), (), (), (), PARAMETERS)
    assert not (tmp_path / "w.mat").exists()
    write_weights(tmp_path / "w.mat", BUNDLE_ID, MODEL, (), (), (), (), PARAMETERS[:1])


def test_a_network_without_parameters_has_an_empty_struct(tmp_path: Path) -> None:
    write_weights(tmp_path / "w.mat", BUNDLE_ID, MODEL, (), (), (), (), ())
    assert variables(tmp_path / "w.mat")[-1] == Variable("parameters", "struct")


OCTAVE = """
s = load('weights.mat');
assert(strcmp(s.graph{1}.op, 'convolution2dLayer') && numel(s.graph) == 2);
assert(isa(s.graph{1}.attributes.Groups, 'double') && isequal(s.graph{1}.attributes.Stride, [2 1]));
assert(isempty(fieldnames(s.graph{2}.attributes)) && isempty(fieldnames(s.graph{2}.parameters)));
key = s.graph{1}.parameters.Weights;
kernel = s.parameters.(key);
assert(isa(kernel.value, 'single') && isequal(size(kernel.value), [2 3 4 5]) && kernel.value(2, 1, 3, 5) == 74);
assert(isequal(size(s.parameters.conv_Bias.value), [1 1 2]));
assert(isequal(s.tolerances.head.accumulated, 1e-3));
assert(isempty(s.layers{1}.alias_of) && strcmp(s.layers{2}.alias_of, 'conv'));
assert(isequal(s.inputs{1}.permutation, [3 4 2 1]));
disp('all equal');
"""


def test_octave_reads_the_same(path: Path) -> None:
    octave = shutil.which("octave-cli")
    if octave is None:
        pytest.skip("GNU Octave is not installed")
    command = [octave, "-qf", "--no-history", "--eval", OCTAVE]
    result = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False, timeout=60)
    assert result.stdout.strip() == "all equal", result.stderr

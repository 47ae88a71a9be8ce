"""The generated MATLAB code, and xverify.dlt, in Octave with stand-ins for Deep Learning Toolbox (matlab/tests/doubles).

They prove our reading of MathWorks' documentation, and nothing about MATLAB: nobody has run this code there yet.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from dlt_networks import FIXTURE, NETWORKS, Made, attention
from octave_program import CODE, needs_octave, octave
from scipy.io import loadmat

import xverify
from xverify.bundle.bundle import Bundle, load_bundle
from xverify.models.cifar import cifar10_net
from xverify.models.weights_file import load_weights, read_weights

pytestmark = needs_octave

VERIFY = """
result = xverify.dlt.verify(pwd, 'How', getenv('HOW'));
rows = result.layers;
disp(['RESULT ' jsonencode(struct('passed', result.passed, 'compared', result.compared, 'total', numel(rows), ...
  'failed', {{rows(strcmp({rows.status}, 'failed')).id}}))]);
"""


def exported(name: str, made: Made, path: Path) -> Bundle:
    model, inputs = made
    return xverify.export(model.eval(), inputs, path / name, name=name)


@pytest.fixture(scope="session", params=[*NETWORKS, "cifar10"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    torch.manual_seed(7)
    made = cifar10() if request.param == "cifar10" else NETWORKS[request.param]()
    return exported(request.param, made, tmp_path_factory.mktemp("dlt"))


@pytest.fixture(scope="session")
def cnn_code(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    torch.manual_seed(7)
    return exported("cnn", NETWORKS["cnn"](), tmp_path_factory.mktemp("dlt"))


@pytest.fixture
def cnn_copy(cnn_code: Bundle, tmp_path: Path) -> Path:
    return Path(shutil.copytree(cnn_code.path, tmp_path / "cnn"))


def run(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return octave(f"addpath(fullfile(getenv('XVERIFY_TESTS'), 'doubles')); {code}", dict(environment), folder=folder)


def verified(folder: Path, how: str) -> dict[str, Any]:
    result = run(VERIFY.replace("...", "").replace("\n", " "), folder, HOW=how)
    assert result.returncode == 0, result.stdout + result.stderr
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("RESULT ")]
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    return found


def raises(code: str, folder: Path, **environment: str) -> tuple[str, str]:
    """The error's id and message."""
    caught = f"try, {code}; disp('silent'); catch e, fprintf('%s|%s', e.identifier, e.message); end"
    result = run(caught, folder, **environment)
    assert result.returncode == 0, result.stderr
    identifier, _, message = result.stdout.partition("|")
    return identifier, message


def change(folder: Path, old: str, new: str, count: int = 1) -> None:
    """Plants a fault in the generated code."""
    (script,) = folder.glob("build_*.m")
    text = script.read_text()
    assert len(re.findall(old, text)) == count
    script.write_text(re.sub(old, new, text))


def cifar10() -> Made:
    model = cifar10_net()
    load_weights(model, read_weights(FIXTURE))
    return model, torch.rand(2, 3, 32, 32)


def test_the_built_network_computes_every_layer_as_pytorch_does(built: Bundle) -> None:
    found = verified(built.path, "build")
    assert found["passed"], found
    assert found["compared"] == found["total"] == len(built.manifest.layers)


def test_an_imported_network_is_compared_layer_by_layer(built: Bundle) -> None:
    found = verified(built.path, "import")
    assert not found["failed"]
    # h_n[-1] is no step of its own in MATLAB: the importer has no layer of that name.
    assert found["compared"] >= found["total"] - (1 if built.path.name == "hidden" else 0)


def test_python_compares_what_was_written(cnn_copy: Path) -> None:
    assert verified(cnn_copy, "build")["passed"]
    comparison = xverify.compare(load_bundle(cnn_copy), cnn_copy / "activations.mat")
    assert comparison.passed
    info = loadmat(cnn_copy / "activations.mat", simplify_cells=True)["xverify_info"]
    assert info["producer"].startswith("GNU Octave")
    assert "built layer by layer" in info["producer"]


@pytest.mark.parametrize(
    ("old", "new", "first"),
    [
        (r"for_flatten\((w\.layer_6_Weights\.value), \[5 3 6\]\)", r"\1", "layer_6"),
        ("'Epsilon', 0.001", "'Epsilon', 1e-05", "layer_1"),
        (r"'layer_0', 'Padding', \[1 1 0 0\]", "'layer_0', 'Padding', [0 2 0 0]", "layer_0"),
        (r"\[2, 1, 3:numel\(sizes\)\]", "[1, 2, 3:numel(sizes)]", "layer_6"),
    ],
)
def test_a_planted_fault_is_found_at_its_layer(cnn_copy: Path, old: str, new: str, first: str) -> None:
    change(cnn_copy, old, new)
    found = verified(cnn_copy, "build")
    assert not found["passed"]
    assert found["failed"][0] == first


def test_weights_of_another_size_are_refused_by_the_stand_ins(cnn_copy: Path) -> None:
    change(cnn_copy, r"w\.layer_0_Weights\.value", "permute(w.layer_0_Weights.value, [2 1 3 4])")
    identifier, message = raises("build_cnn", cnn_copy)
    assert identifier == "doubles:layer:size"
    assert "layer_0" in message


def test_a_softmax_can_be_added(cnn_code: Bundle) -> None:
    code = """net = xverify.dlt.NAME(pwd, 'WithSoftmax', true); disp(net.OutputNames{1}); b = xverify.internal.load_bundle(pwd);
    x = xverify.internal.reference_inputs(b); y = extractdata(predict(net, dlarray(x{1}, 'SSCB')));
    fprintf('%d %.6f ', size(y), sum(y, 1));"""
    for name in ("build", "import"):
        result = run(" ".join(code.replace("NAME", name).split()), cnn_code.path)
        assert result.returncode == 0, result.stderr
        assert result.stdout.split() == ["xverify_softmax", "4", "2.000000", "1", "1.000000"]


def test_classes_come_with_an_import(tmp_path: Path) -> None:
    torch.manual_seed(7)
    model, inputs = NETWORKS["cnn"]()
    bundle = xverify.export(model.eval(), inputs, tmp_path / "net", name="net", classes=("cat", "it's", "c", "d"))
    result = run("[net, classes] = xverify.dlt.import(pwd); fprintf('%s;', classes{:});", bundle.path)
    assert result.stdout == "cat;it's;c;d;"


def test_networks_open_in_the_designer(cnn_code: Bundle) -> None:
    code = "xverify.dlt.open(pwd); a = deepNetworkDesigner(); xverify.dlt.open(pwd, 'How', 'build'); b = deepNetworkDesigner(); "
    code += "xverify.dlt.open(b); c = deepNetworkDesigner(); disp([isfield(a, 'InputNames'), isfield(b, 'InputNames'), numel(c.Layers)])"
    assert run(code, cnn_code.path).stdout.split() == ["1", "1", "8"]
    assert run(code, cnn_code.path, XVERIFY_DOUBLE_RELEASE="R2023b").stdout.split() == ["0", "0", "8"]


def test_the_importer_is_that_of_the_release(cnn_code: Bundle) -> None:
    code = "net = xverify.dlt.import(pwd); disp(numel(net.Layers))"
    assert run(code, cnn_code.path, XVERIFY_DOUBLE_RELEASE="R2022a").stdout.strip() == "8"
    assert raises(code, cnn_code.path, XVERIFY_DOUBLE_RELEASE="R2021a")[0] == "xverify:import:release"


def test_a_failing_import_says_what_to_install(cnn_copy: Path) -> None:
    change(cnn_copy, "reluLayer", "noSuchLayer")
    identifier, message = raises("xverify.dlt.import(pwd)", cnn_copy)
    assert identifier == "xverify:import:failed"
    assert "Converter for ONNX Model Format" in message


def test_other_inputs_are_refused(cnn_code: Bundle) -> None:
    code = "b = xverify.internal.load_bundle(pwd); n.InputNames = {'input', 'other'}; xverify.dlt.input_order(n, b)"
    assert raises(code, cnn_code.path)[0] == "xverify:import:inputs"


def test_inputs_in_another_order_are_found(tmp_path: Path) -> None:
    bundle = exported("two", NETWORKS["two_inputs"](), tmp_path)
    code = (
        "b = xverify.internal.load_bundle(pwd); n.InputNames = {'extra', 'image'}; disp(xverify.dlt.input_order(n, b))"
    )
    assert run(code, bundle.path).stdout.split() == ["2", "1"]


@pytest.mark.parametrize(
    ("code", "identifier"),
    [
        ("build_cnn('Softmax', true)", "xverify:build:option"),
        ("build_cnn('WithSoftmax')", "xverify:build:option"),
        ("xverify.dlt.import(pwd, 'Softmax', true)", "xverify:import:option"),
        ("xverify.dlt.verify(pwd, 'How', 'magic')", "xverify:verify:option"),
        ("xverify.dlt.open(pwd, 'How', 'magic')", "xverify:open:option"),
        ("xverify.dlt.open(struct(), 'How', 'build')", "xverify:open:option"),
        ("xverify.dlt.build(tempdir)", "xverify:build:file"),
        ("xverify.dlt.verify('no such folder')", "xverify:load:folder"),
        ("xverify.dlt.exportWeights(3, 'x.mat')", "xverify:exportWeights:network"),
        ("xverify.dlt.exportWeights(build_cnn, fullfile('no', 'such', 'x.mat'))", "xverify:exportWeights:write"),
    ],
)
def test_errors_have_identifiers(cnn_code: Bundle, code: str, identifier: str) -> None:
    assert raises(code, cnn_code.path)[0] == identifier


def test_a_softmax_needs_one_output_of_features(tmp_path: Path) -> None:
    bundle = exported("hidden", NETWORKS["hidden"](), tmp_path)
    assert raises("build_hidden('WithSoftmax', true)", bundle.path)[0] == "xverify:build:softmax"
    bundle = exported("tokens", NETWORKS["tokens"](), tmp_path)
    identifier, message = raises("build_tokens('WithSoftmax', true)", bundle.path)
    assert identifier == "xverify:build:softmax"
    assert "already" in message


def test_a_network_that_a_release_cannot_build_is_refused(tmp_path: Path) -> None:
    bundle = exported("tokens", NETWORKS["tokens"](), tmp_path)
    identifier, message = raises("build_tokens", bundle.path, XVERIFY_DOUBLE_RELEASE="R2022b")
    assert identifier == "xverify:build:release"
    assert "R2023a" in message
    assert "layerNormalizationLayer" in message


def test_a_network_without_layers_in_the_toolbox_says_which(tmp_path: Path) -> None:
    bundle = exported("attention", attention(), tmp_path)
    identifier, message = raises("build_attention", bundle.path)
    assert identifier == "xverify:build:unsupported"
    assert "xverify.dlt.import" in message
    assert "cannot build this network" in (bundle.path / "README.md").read_text()


def test_weights_of_a_network_are_written_as_plain_arrays(cnn_code: Bundle, tmp_path: Path) -> None:
    code = "xverify.dlt.exportWeights(xverify.dlt.build(pwd, 'WithSoftmax', true), getenv('FILE'));"
    result = run(code, cnn_code.path, FILE=str(tmp_path / "tuned.mat"))
    assert result.returncode == 0, result.stderr
    tuned = loadmat(tmp_path / "tuned.mat", simplify_cells=True)
    stored = loadmat(cnn_code.path / "weights.mat", simplify_cells=True)["parameters"]
    assert tuned["layer_0"]["Weights"].dtype == np.float32
    np.testing.assert_array_equal(tuned["layer_0"]["Weights"], stored["layer_0_Weights"]["value"])
    np.testing.assert_array_equal(tuned["layer_1"]["TrainedMean"], stored["layer_1_TrainedMean"]["value"])
    assert sorted(tuned["layer_1"]) == ["Offset", "Scale", "TrainedMean", "TrainedVariance"]
    assert not [name for name in tuned if "softmax" in name]
    types = dict(tuned["xverify_info"]["types"])
    assert types["layer_4"] == "flattenLayer"


@pytest.mark.parametrize("place", ["inside", "beside"])
def test_the_scripts_find_the_functions(cnn_copy: Path, place: str) -> None:
    home = cnn_copy if place == "inside" else cnn_copy.parent
    shutil.copytree(CODE / "+xverify", home / "matlab" / "+xverify")
    code = "rmpath(getenv('XVERIFY_CODE')); r = verify_cnn('Print', false); import_cnn; n = deepNetworkDesigner(); "
    code += "disp([r.passed, numel(n.Layers)]); disp(which('xverify.verify'))"
    result = run(code, cnn_copy)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["1", "8", str(home / "matlab" / "+xverify" / "verify.m")]


def test_the_scripts_say_where_the_functions_belong(cnn_copy: Path) -> None:
    assert raises("rmpath(getenv('XVERIFY_CODE')); verify_cnn", cnn_copy)[0] == "xverify:path:missing"


def test_layers_whose_variables_would_be_one_are_refused(cnn_copy: Path) -> None:
    code = (
        "t = struct('Layer', {{'a-b', 'a_b'}}, 'Parameter', {{'Weights', 'Weights'}}, 'Value', {{1, 2}}); "
        "none = struct('Layer', {{}}, 'Parameter', {{}}, 'Value', {{}}); "
        "xverify.dlt.exportWeights(struct('Learnables', t, 'State', none, 'Layers', []), 'w.mat')"
    )
    identifier, message = raises(code, cnn_copy)
    assert identifier == "xverify:exportWeights:names"
    assert "a-b and a_b" in message
    assert not (cnn_copy / "w.mat").exists()


LOCAL = """
result = xverify.dlt.verify(pwd, 'How', 'build', 'Print', false);
rows = result.layers; own = [rows.local];
disp(['RESULT ' jsonencode(struct('first', result.firstFault, 'alone', {{rows([own.present]).id}}, 'why', result.withoutLocal))]);
"""


def local_errors(folder: Path) -> dict[str, Any]:
    result = run(LOCAL.replace("\n", " "), folder)
    assert result.returncode == 0, result.stdout + result.stderr
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("RESULT ")]
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    return found


def test_every_layer_runs_alone_where_one_layer_makes_it(cnn_copy: Path) -> None:
    found = local_errors(cnn_copy)
    assert found["alone"] == [layer.id for layer in load_bundle(cnn_copy).manifest.layers]
    assert not found["why"]
    local = xverify.compare(load_bundle(cnn_copy), cnn_copy / "activations.mat").layers
    assert all(layer.local is not None for layer in local)


def test_a_layer_that_several_make_is_judged_by_the_whole_run_and_says_so(tmp_path: Path) -> None:
    torch.manual_seed(7)
    bundle = exported("residual", NETWORKS["residual"](), tmp_path)
    found = local_errors(bundle.path)
    assert list(found["why"]) == ["mean_2"]
    assert "several layers make it" in found["why"]["mean_2"]
    comparison = xverify.compare(bundle, bundle.path / "activations.mat")
    assert comparison.passed
    (layer,) = [layer for layer in comparison.layers if layer.id == "mean_2"]
    assert layer.local is None
    assert layer.reason == f"judged by its accumulated error alone: {found['why']['mean_2']}"
    assert any("1 layer is judged by its accumulated error alone" in note for note in comparison.notes)
    code = "r = xverify.verify(pwd, 'Activations', 'activations.mat', 'Print', false); disp([r.passed, r.compared])"
    assert run(code, bundle.path).stdout.split() == ["1", str(len(bundle.manifest.layers))]


def test_a_layer_that_computes_what_are_two_in_pytorch_does_not_run_alone(tmp_path: Path) -> None:
    torch.manual_seed(7)
    bundle = exported("lstm", NETWORKS["lstm"](), tmp_path)
    why = local_errors(bundle.path)["why"]
    assert why
    assert all("in PyTorch there are layers between" in reason or "several layers" in reason for reason in why.values())


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("'Epsilon', 0.001", "'Epsilon', 0.002", "layer_1"),
        (r"'layer_0', 'Padding', \[1 1 0 0\]", "'layer_0', 'Padding', [0 2 0 0]", "layer_0"),
        (r"for_flatten\((w\.layer_6_Weights\.value), \[5 3 6\]\)", r"\1", "layer_6"),
    ],
)
def test_the_first_fault_is_the_layer_that_is_wrong_alone(
    cnn_code: Bundle, cnn_copy: Path, old: str, new: str, fault: str
) -> None:
    change(cnn_copy, old, new)
    assert local_errors(cnn_copy)["first"] == fault
    comparison = xverify.compare(cnn_code, cnn_copy / "activations.mat")
    assert not comparison.passed
    assert comparison.faults == (fault,)


def test_operands_in_another_order_are_the_joining_layers_fault(tmp_path: Path) -> None:
    torch.manual_seed(7)
    bundle = exported("residual", NETWORKS["residual"](), tmp_path)
    change(bundle.path, r"'mul', 'cat/in1'", "'mul', 'cat/in9'")
    change(bundle.path, r"'hardswish', 'cat/in2'", "'hardswish', 'cat/in1'")
    change(bundle.path, r"'cat/in9'", "'cat/in2'")
    assert local_errors(bundle.path)["first"] == "cat"


def test_the_whole_run_alone_can_be_asked_for(cnn_copy: Path) -> None:
    result = run("r = xverify.dlt.verify(pwd, 'How', 'build', 'Local', false); disp(r.hasLocal)", cnn_copy)
    assert result.stdout.split()[-1] == "0"
    assert "ratio" in result.stdout
    assert "local" not in result.stdout.splitlines()[0]


def test_a_network_that_the_toolbox_refuses_alone_is_told(cnn_copy: Path) -> None:
    code = """b = xverify.internal.load_bundle(pwd); [net, values] = xverify.dlt.build(pwd);
    values{strcmp(values(:, 1), 'layer_2'), 3} = 'BCS'; values{strcmp(values(:, 1), 'input'), 3} = 'UUUU';
    [alone, why] = xverify.dlt.layer_by_layer(net, b, values); disp(jsonencode(why));"""
    why = json.loads(run(" ".join(code.split()), cnn_copy).stdout)
    assert "is not known" in why["layer_0"]
    assert "refuses" in why["layer_3"]

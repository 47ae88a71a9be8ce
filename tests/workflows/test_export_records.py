"""What a bundle records of the model: checked against the model itself."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from captured_networks import captured, conv_net, oddities, sequences
from numpy.typing import NDArray
from onnx import numpy_helper
from quick_export import OPTIONS
from torch import Tensor, nn

from xverify.bundle.bundle import Bundle, load_bundle
from xverify.comparison.results import Comparison
from xverify.program.capture import Arguments
from xverify.workflows.export import export
from xverify.workflows.export_options import ExportOptions

Array = NDArray[Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="module")
def exported(folder: Path) -> tuple[Bundle, Comparison]:
    case = captured(conv_net)
    return export(case.model, case.inputs, folder / "conv", OPTIONS)


@pytest.fixture(scope="module")
def bundle(exported: tuple[Bundle, Comparison]) -> Bundle:
    return exported[0]


@pytest.fixture(scope="module")
def recurrent(folder: Path) -> Bundle:
    case = captured(sequences)
    return export(case.model, case.inputs, folder / "sequences", ExportOptions())[0]


@pytest.fixture(scope="module")
def odd(folder: Path) -> Bundle:
    case = captured(oddities)
    return export(case.model, case.inputs, folder / "oddities", ExportOptions())[0]


def sha256(array: Array) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def test_the_comparison_that_comes_back_passed_and_covers_every_layer(exported: tuple[Bundle, Comparison]) -> None:
    bundle, comparison = exported
    assert comparison.passed
    assert comparison.coverage.compared == comparison.coverage.total == len(bundle.manifest.layers) == 14
    assert comparison.bundle == "conv"


def test_the_bundle_is_whole_and_its_files_are_those_of_the_manifest(bundle: Bundle) -> None:
    load_bundle(bundle.path)
    names = {path.name for path in bundle.path.iterdir()}
    data = {"manifest.json", "model.onnx", "reference.mat", "weights.mat"}
    assert names == data | {"build_net.m", "import_net.m", "verify_net.m", "README.md"}
    assert set(bundle.manifest.files) == names - {"manifest.json"}
    assert bundle.path.stat().st_mode & 0o777 == 0o777 & ~current_umask()


def current_umask() -> int:
    import os

    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_hashes_of_parameters_are_those_of_the_users_state_dict(bundle: Bundle, recurrent: Bundle) -> None:
    for made, make in ((bundle, conv_net), (recurrent, sequences)):
        state = captured(make).model.state_dict()
        assert {item.name: item.sha256 for item in made.manifest.parameters} == {
            name: sha256(tensor.numpy()) for name, tensor in state.items()
        }
        assert {item.name: (item.shape, item.dtype) for item in made.manifest.parameters} == {
            name: (tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")) for name, tensor in state.items()
        }


def test_initializers_are_recorded_as_they_stand_in_the_file_with_their_origin(recurrent: Bundle) -> None:
    stored = {item.name: numpy_helper.to_array(item) for item in onnx.load(recurrent.model_path).graph.initializer}
    recorded = {item.name: item for item in recurrent.manifest.initializers}
    assert {name: sha256(array) for name, array in stored.items()} == {
        name: item.sha256 for name, item in recorded.items()
    }
    origins = {(item.parameters, item.derivation) for item in recorded.values()}
    assert (("wide.weight",), "Transpose(1,0)") in origins
    assert (("norm.weight",), "identical") in origins
    assert (("prelu.weight",), "folded") in origins
    assert any(
        len(parameters) == 4 and derivation == "folded" for parameters, derivation in origins
    )  # a GRU's or LSTM's biases
    assert ((), "constant") in origins


def test_each_parameter_says_where_it_went(recurrent: Bundle) -> None:
    parameters = {item.name: item for item in recurrent.manifest.parameters}
    assert parameters["norm.weight"].initializers == ("norm_weight",)
    assert len(parameters["wide.weight"].initializers) == 1
    assert [home.key for home in parameters["wide.weight"].matlab] == ["wide_Weights"]
    assert parameters["norm.bias"].matlab[0].axes == "C -> C 1"
    # Tied: the second name of one tensor reaches no initializer of its own, and is stored all the same.
    assert all(item.matlab for item in parameters.values())


def test_the_model_and_its_environment_are_recorded(bundle: Bundle) -> None:
    model, environment = bundle.manifest.model, bundle.manifest.environment
    assert (model.name, model.source, model.weights, model.classes) == (
        "net",
        "tests:conv_net",
        "seeded",
        ("cat", "dog"),
    )
    assert (model.opset, model.ir_version) == (17, 8)
    assert (environment.torch, environment.numpy, environment.onnx) == (
        torch.__version__,
        np.__version__,
        onnx.__version__,
    )
    assert (environment.seed, environment.command, environment.torch_threads) == (
        11,
        "xverify export net",
        torch.get_num_threads(),
    )
    assert all(
        value
        for value in (environment.cpu, environment.platform, environment.python, environment.xverify, environment.date)
    )
    assert environment.cpu_capability == torch.backends.cpu.get_cpu_capability()
    noise = bundle.manifest.noise
    assert (noise.noise_runs, noise.float64, noise.k_local, noise.k_accumulated, noise.notes) == (
        3,
        True,
        6.0,
        10.0,
        (),
    )
    assert bundle.manifest.warnings == ("seeded weights",)


def test_layers_carry_what_the_program_knows_of_them(bundle: Bundle) -> None:
    layer = bundle.layers["stem_1"]
    assert (layer.module_path, layer.operation, layer.dims, layer.shape) == (
        "stem.1",
        "batch_norm",
        "NCHW",
        (2, 6, 9, 13),
    )
    assert layer.module_type.endswith("BatchNorm2d")
    assert (layer.fx_node, layer.onnx_tensor, layer.alias_of) == ("getitem", "getitem", "")
    assert (layer.matlab_layer, layer.matlab_note) == ("batchNormalizationLayer", "")
    assert (layer.array.dims, layer.array.matlab_dims, layer.array.permutation) == ("NCHW", "SSCB", (2, 3, 1, 0))
    assert bundle.layers["up_grouped"].matlab_note == "MATLAB's transposed convolution has no groups"
    assert layer.tolerance.local > 0
    assert bundle.layers["relu"].tolerance.local == 0


def test_the_reference_is_pytorchs_own_value_bit_for_bit(bundle: Bundle) -> None:
    case = captured(conv_net)
    np.testing.assert_array_equal(
        bundle.reference(bundle.manifest.inputs[0]), case.inputs.tensors[0].numpy(), strict=True
    )
    expected = case.model(*case.inputs.args)
    for output in bundle.manifest.outputs:
        actual = bundle.reference(bundle.layers[output.layer])
        np.testing.assert_array_equal(actual, expected[output.name].numpy(), strict=True)


def test_several_inputs_and_outputs_by_keyword(odd: Bundle) -> None:
    case, manifest = captured(oddities), odd.manifest
    assert [(item.id, item.name, item.onnx_tensor, item.shape) for item in manifest.inputs] == [
        ("c_state", "c_state", "c_state", (3, 8)), ("extra", "extra", "extra", (3, 1)),
    ]  # fmt: skip
    assert [(output.name, output.layer) for output in manifest.outputs] == [
        ("pair.0", "topk_0"), ("pair.1", "topk_1"), ("mixed", "matmul"), ("edges", "add_2"), ("label", "argmax"), ("anchors", "mul_2"),
        ("scale", "identity"), ("extra", "extra"),
    ]  # fmt: skip
    for item in manifest.inputs:
        np.testing.assert_array_equal(odd.reference(item), case.inputs.kwargs[item.name].numpy(), strict=True)
    assert odd.reference(odd.layers["topk_1"]).dtype == np.int64
    assert odd.layers["argmax"].tolerance.local == odd.layers["argmax"].tolerance.accumulated == 0


def test_integer_inputs_and_an_element_of_a_tuple(recurrent: Bundle) -> None:
    assert recurrent.manifest.inputs[0].dtype == "int64"
    np.testing.assert_array_equal(
        recurrent.reference(recurrent.manifest.inputs[0]), captured(sequences).inputs.tensors[0].numpy()
    )
    assert [output.layer for output in recurrent.manifest.outputs] == ["head", "lstm_2", "gru_1"]


def test_keywords_in_another_order_than_the_signatures(tmp_path: Path) -> None:
    class Difference(nn.Module):
        def forward(self, first: Tensor, second: Tensor) -> Tensor:
            return first - 2.0 * second

    given = {"second": torch.randn(2, 3), "first": torch.randn(2, 3)}
    made = export(Difference(), Arguments((), given), tmp_path / "net", ExportOptions())[0]
    for item in made.manifest.inputs:
        np.testing.assert_array_equal(made.reference(item), given[item.name].numpy(), strict=True)
    result = made.reference(made.layers[made.manifest.outputs[0].layer])
    np.testing.assert_array_equal(result, (given["first"] - 2.0 * given["second"]).numpy())


class Counts(nn.Module):
    """Counts its calls in a buffer that no output needs."""

    calls: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.calls.add_(1)
        return torch.relu(self.linear(x))


def test_the_model_is_exported_as_it_was_given_and_stays_so(tmp_path: Path) -> None:
    model = Counts().train()
    given = torch.randn(4, 3, requires_grad=True)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    made = export(model, Arguments((given,)), tmp_path / "net", ExportOptions())[0]
    assert model.training
    assert given.requires_grad
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    recorded = {item.name: item.sha256 for item in made.manifest.parameters}
    assert recorded == {name: sha256(tensor.numpy()) for name, tensor in before.items()}

"""An export: what the bundle records, that it can be repeated, and that nothing is left behind when it fails."""

import errno
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import pytest
import torch
from captured_networks import captured, conv_net, oddities, sequences
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from xverify.bundle.bundle import MODEL, Bundle, load_bundle
from xverify.bundle.manifest import Layer
from xverify.comparison.results import Comparison
from xverify.errors import XverifyError
from xverify.onnx_export import ready as ready_module
from xverify.onnx_export.passes.graph_state import GraphState
from xverify.program import recorder as recorder_module
from xverify.program.capture import Arguments, Captured
from xverify.workflows import contents as contents_module
from xverify.workflows import export as workflow
from xverify.workflows.export import export
from xverify.workflows.export_options import ExportOptions

Array = NDArray[Any]
OPTIONS = ExportOptions(
    name="net", source="tests:conv_net", weights="seeded", classes=("cat", "dog"), seed=11, noise_runs=3, command="xverify export net",
    warnings=("seeded weights",),
)  # fmt: skip


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
    assert names == {"manifest.json", "model.onnx", "reference.mat", "weights.mat"}
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
    assert parameters["norm.weight"].initializers == ("norm.weight",)
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
    assert (model.opset, model.ir_version) == (20, 10)
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


# --- a quick export: the captured program of one network, so that a test pays for the stages that it is about -------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Bundle, Comparison]]:
    case = captured(conv_net)

    def capture_again(_: nn.Module, __: Arguments) -> Captured:
        return replace(case.captured, onnx_model=ir.from_proto(ir.to_proto(case.captured.onnx_model)))

    monkeypatch.setattr(workflow, "capture", capture_again)

    def run(path: Path, **options: Any) -> tuple[Bundle, Comparison]:
        return export(case.model, case.inputs, path, replace(OPTIONS, **options))

    return run


Quick = Callable[..., tuple[Bundle, Comparison]]


def comparable(layer: Layer) -> dict[str, Any]:
    return {
        name: getattr(layer, name)
        for name in ("id", "tolerance", "noise_floor", "magnitude", "rms", "array", "inputs", "parameters")
    }


def test_an_export_can_be_repeated(bundle: Bundle, quick: Quick, tmp_path: Path) -> None:
    again = quick(tmp_path / "again")[0]
    assert again.manifest.bundle_id != bundle.manifest.bundle_id
    assert [comparable(layer) for layer in again.manifest.layers] == [
        comparable(layer) for layer in bundle.manifest.layers
    ]
    for layer in bundle.manifest.layers:
        np.testing.assert_array_equal(again.reference(layer), bundle.reference(layer), strict=True)
    assert again.manifest.files[MODEL] == bundle.manifest.files[MODEL]
    assert (again.manifest.parameters, again.manifest.initializers) == (
        bundle.manifest.parameters,
        bundle.manifest.initializers,
    )


def test_another_seed_measures_other_noise(bundle: Bundle, quick: Quick, tmp_path: Path) -> None:
    other = quick(tmp_path / "other", seed=12)[0]
    assert [layer.noise_floor for layer in other.manifest.layers] != [
        layer.noise_floor for layer in bundle.manifest.layers
    ]
    assert other.manifest.files[MODEL] == bundle.manifest.files[MODEL]


@pytest.mark.usefixtures("quick")
def test_stages_are_told_in_order(tmp_path: Path) -> None:
    case, stages = captured(conv_net), list[str]()
    export(case.model, case.inputs, tmp_path / "net", OPTIONS, stages.append)
    assert stages == [
        "checking the model", "exporting to ONNX", "recording every layer in float32 and float64", "writing",
        "comparing the written ONNX with PyTorch",
    ]  # fmt: skip


def test_without_float64_tolerances_rest_on_a_bound_and_the_export_passes(
    bundle: Bundle, quick: Quick, tmp_path: Path
) -> None:
    made, comparison = quick(tmp_path / "net", float64=False)
    assert comparison.passed
    assert made.manifest.noise.float64 is False
    assert made.manifest.noise.notes == ("no float64 truth from there on: float64 was switched off",)
    layer = made.layers["head_1"]
    assert "no float64 truth" in layer.tolerance.reason
    assert layer.noise_floor.local is None
    assert layer.tolerance.local > bundle.layers["head_1"].tolerance.local


def test_an_operation_without_float64_is_noted_and_the_export_passes(
    quick: Quick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = recorder_module.call

    def refusing(node: Any, values: Any, **options: Any) -> Any:
        if node.name == "relu_1" and (options.get("double") or options.get("lift")):
            raise RuntimeError("no kernel for Double")
        return real(node, values, **options)

    monkeypatch.setattr(recorder_module, "call", refusing)
    made, comparison = quick(tmp_path / "net")
    assert comparison.passed
    reason = "relu_1 does not run in float64 (no kernel for Double)"
    assert made.manifest.noise.notes == (f"no float64 truth from there on: {reason}",)
    assert {layer.id: layer.noise_floor.unavailable for layer in made.manifest.layers} == {
        layer.id: reason if index >= 4 else "" for index, layer in enumerate(made.manifest.layers)
    }


# --- refusals and failures ------------------------------------------------------------------------------------------------


def left_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


class Raises:
    """Raises where a stage would begin, or in the middle of the recorder's layers."""

    def __init__(self, error: BaseException, after: int = 0) -> None:
        self.error, self.after = error, after

    def __call__(self, *_: Any, **__: Any) -> Any:
        if not self.after:
            raise self.error
        case = captured(conv_net)
        recorded = recorder_module.Recorder(case.network, case.inputs, noise_runs=0, seed=0)
        return self._some(iter(recorded))

    def _some(self, layers: Iterator[Any]) -> Iterator[Any]:
        for _ in range(self.after):
            yield next(layers)
        raise self.error


FULL_DISK = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), FULL_DISK], ids=["interrupted", "disk full"])
@pytest.mark.parametrize(
    ("stage", "after"),
    [("capture", 0), ("make_ready", 0), ("Recorder", 0), ("Recorder", 5), ("require_agreement", 0), ("write_model", 0),
     ("write_weights", 0), ("write_manifest", 0), ("compare_bundle", 0)],
)  # fmt: skip
def test_a_failure_leaves_nothing_and_keeps_the_previous_bundle(
    stage: str,
    after: int,
    error: BaseException,
    bundle: Bundle,
    quick: Quick,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import shutil

    previous = tmp_path / "home" / "net"
    shutil.copytree(bundle.path, previous)
    before = left_in(tmp_path)
    module = contents_module if stage == "Recorder" or stage.startswith("write") else workflow
    monkeypatch.setattr(module, stage, Raises(error, after))
    for path, force in ((tmp_path / "fresh", False), (previous, True)):
        with pytest.raises(type(error)):
            quick(path, force=force)
        assert left_in(tmp_path) == before
    assert load_bundle(previous).manifest.bundle_id == bundle.manifest.bundle_id


def test_an_existing_target_is_refused_before_any_work(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow, "prepare", Raises(AssertionError("worked before it looked")))
    with pytest.raises(XverifyError, match="exists already") as caught:
        export(nn.Identity(), Arguments((torch.ones(1),)), bundle.path, ExportOptions())
    assert "--force" in caught.value.hint


def test_force_replaces_a_bundle(quick: Quick, tmp_path: Path) -> None:
    first = quick(tmp_path / "net")[0]
    second = quick(tmp_path / "net", force=True, seed=5)[0]
    assert load_bundle(tmp_path / "net").manifest.bundle_id == second.manifest.bundle_id != first.manifest.bundle_id
    assert [path.name for path in tmp_path.iterdir()] == ["net"]


def initializer(state: GraphState, name: str) -> ir.Value:
    return state.graph.initializers[name]


def change_a_weight(state: GraphState) -> None:
    value = initializer(state, "grouped.weight")
    assert value.const_value is not None
    array = value.const_value.numpy().copy()
    array[1, 2, 0, 1] = np.nextafter(array[1, 2, 0, 1], np.float32(9))
    value.const_value = ir.tensor(array, name=value.name)


def swap_two_weights(state: GraphState) -> None:
    norm = next(node for node in state.graph if node.op_type == "BatchNormalization")
    scale, offset = norm.inputs[1], norm.inputs[2]
    norm.replace_input_with(1, offset)
    norm.replace_input_with(2, scale)


def change_a_folded_constant(state: GraphState) -> None:
    mean = next(node for node in state.graph if node.op_type == "ReduceMean")
    axes = mean.inputs[1]
    assert axes is not None
    axes.const_value = ir.tensor(np.array([2], np.int64), name=axes.name)


def change_an_attribute(state: GraphState) -> None:
    norm = next(node for node in state.graph if node.op_type == "BatchNormalization")
    norm.attributes["epsilon"] = ir.AttrFloat32("epsilon", 1e-3)


def swap_the_outputs(state: GraphState) -> None:
    first, second = state.graph.outputs
    state.graph.outputs[0], state.graph.outputs[1] = second, first


def drop_a_layer(state: GraphState) -> None:
    relu = next(node for node in state.graph if node.name == "relu_2")
    source = relu.inputs[0]
    assert source is not None
    ir.convenience.replace_all_uses_with(relu.outputs[0], source)
    state.graph.remove(relu, safe=True)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (change_a_weight, "does not hold PyTorch's weights: 'grouped.weight' is not grouped.weight"),
        (swap_two_weights, "layer stem_1 (stem.1): "),
        (change_a_folded_constant, "The exported ONNX cannot be compared: onnxruntime refuses"),
        (change_an_attribute, "layer stem_1 (stem.1): "),
        (swap_the_outputs, "model.onnx has the outputs avg_pool2d, softmax instead of softmax, avg_pool2d"),
        (drop_a_layer, "relu_2"),
    ],
)  # fmt: skip
def test_an_onnx_that_computes_something_else_is_refused_and_nothing_is_left(
    fault: Callable[[GraphState], None], message: str, quick: Quick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready_module, "PASSES", (*ready_module.PASSES, fault))
    with pytest.raises(XverifyError) as caught:
        quick(tmp_path / "net")
    assert message in caught.value.message
    assert caught.value.hint.startswith("No bundle was written. This is a fault of the exporter or of this xverify")
    assert left_in(tmp_path) == []


class Dead(nn.Module):
    """A ReLU that lets nothing through, among the outputs, and one that works."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return torch.relu(-x.abs() - 1.0), torch.relu(x)


def test_a_layer_that_is_all_zero_is_exported_with_a_warning(tmp_path: Path) -> None:
    made, comparison = export(Dead(), Arguments((torch.randn(2, 3),)), tmp_path / "net", ExportOptions())
    dead = made.layers[made.manifest.outputs[0].layer]
    assert (dead.all_zero, dead.rms, dead.magnitude) == (True, 0.0, 0.0)
    assert made.manifest.warnings == (
        f"layer '{dead.id}' (relu) is all zero on these inputs: nothing can be verified there",
    )
    assert comparison.passed
    assert comparison.coverage.compared == comparison.coverage.total - 1


class Logarithm(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.log(x) + 1.0


class ToHalf(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(x).half().float()


class ToDouble(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(x).double().float()


class Pretends(nn.Module):
    """Does something else while it is exported, and only where numbers are negative."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x) if torch.compiler.is_exporting() else torch.nn.functional.leaky_relu(x, 0.1)


class IgnoresItsInput(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))

    def forward(self, x: Tensor) -> None:
        return None


@pytest.mark.parametrize(
    ("model", "inputs", "message"),
    [
        (Logarithm(), (torch.tensor([1.0, -1.0]),), "Layer log (log) computes NaN on these inputs."),
        (ToHalf(), (torch.ones(2),), "Layer to_copy is float16; xverify verifies float32 networks."),
        (ToDouble(), (torch.ones(2),), "Layer to_copy is float64; xverify verifies float32 networks."),
        (Pretends(), (torch.rand(20, 30) + 0.1,), "On a second, seeded set of inputs, the exported program does not compute"),
        (IgnoresItsInput(), (torch.ones(2),), "The model returns nothing: only tensors can be compared."),
        (nn.Identity(), (torch.ones(2),), "The network computes nothing that depends on its input."),
        (nn.ReLU(), (torch.tensor([1.0, float("nan")]),), "An input holds NaN or Inf."),
        (nn.ReLU(), (torch.tensor([float("-inf")]),), "An input holds NaN or Inf."),
        (nn.ReLU(), (torch.ones(2, dtype=torch.float64),), "An input is float64; xverify verifies float32 networks."),
        (nn.ReLU(), (), "There are no input tensors."),
        (nn.Linear(3, 2), (torch.ones(2, 4),), "The model rejects inputs of shape 2x4: RuntimeError: "),
        (nn.Linear(3, 2).double(), (torch.ones(2, 3),), "weight is float64; xverify verifies float32 networks."),
    ],
)  # fmt: skip
def test_what_cannot_be_verified_is_refused_and_nothing_is_left(
    model: nn.Module, inputs: tuple[Tensor, ...], message: str, tmp_path: Path
) -> None:
    with pytest.raises(XverifyError) as caught:
        export(model, Arguments(inputs), tmp_path / "net", ExportOptions())
    assert caught.value.message.startswith(message)
    assert caught.value.hint
    assert left_in(tmp_path) == []
    assert torch.is_grad_enabled()


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

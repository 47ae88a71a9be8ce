"""Whatever goes wrong, nothing is left behind and a bundle that was there stays; what cannot be verified is refused."""

import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
import pytest
import torch
from captured_networks import captured, conv_net
from quick_export import Quick, left_in, quick_export
from torch import Tensor, nn

from xverify.bundle.bundle import Bundle, load_bundle
from xverify.errors import XverifyError
from xverify.onnx_export import normalise as normalise_module
from xverify.onnx_export.passes.graph_state import GraphState
from xverify.program import recorder as recorder_module
from xverify.program.capture import Arguments
from xverify.workflows import contents as contents_module
from xverify.workflows import export as workflow
from xverify.workflows.export import export
from xverify.workflows.export_options import ExportOptions


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Quick:
    return quick_export(monkeypatch)


@pytest.fixture
def bundle(quick: Quick, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return quick(tmp_path_factory.mktemp("first") / "net")[0]


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


def change_a_weight(state: GraphState) -> None:
    value = state.graph.initializers["grouped_weight"]
    assert value.const_value is not None
    array = value.const_value.numpy().copy()
    array[1, 2, 0, 1] = np.nextafter(array[1, 2, 0, 1], np.float32(9))
    value.const_value = ir.tensor(array, name=value.name)


def swap_two_weights(state: GraphState) -> None:
    norm = next(node for node in state.graph if node.op_type == "BatchNormalization")
    scale, offset = norm.inputs[1], norm.inputs[2]
    norm.replace_input_with(1, offset)
    norm.replace_input_with(2, scale)


def make_it_invalid(state: GraphState) -> None:
    pool = next(node for node in state.graph if node.op_type == "MaxPool")
    pool.attributes["kernel_shape"] = ir.AttrInt64s("kernel_shape", [9, 9, 9])


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
        (change_a_weight, "does not hold PyTorch's weights: 'grouped_weight' is not grouped.weight"),
        (swap_two_weights, "layer stem_1 (stem.1): "),
        (make_it_invalid, "The normalised ONNX is not valid: "),
        (change_an_attribute, "layer stem_1 (stem.1): "),
        (swap_the_outputs, "model.onnx has the outputs avg_pool2d, softmax instead of softmax, avg_pool2d"),
        (drop_a_layer, "relu_2"),
    ],
)  # fmt: skip
def test_an_onnx_that_computes_something_else_is_refused_and_nothing_is_left(
    fault: Callable[[GraphState], None], message: str, quick: Quick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(normalise_module, "PASSES", (*normalise_module.PASSES, fault))
    with pytest.raises(XverifyError) as caught:
        quick(tmp_path / "net")
    assert message in caught.value.message
    assert caught.value.hint.startswith("No bundle was written. This is a fault of the exporter or of this xverify")
    assert left_in(tmp_path) == []


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

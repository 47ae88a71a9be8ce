"""An export can be repeated, says what it does, and passes where truth is missing or a layer is dead."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from captured_networks import captured, conv_net
from quick_export import OPTIONS, Quick, quick_export
from torch import Tensor, nn

from xverify.bundle.bundle import MODEL, Bundle, load_bundle
from xverify.bundle.manifest import Layer
from xverify.errors import XverifyError
from xverify.program import recorder as recorder_module
from xverify.program.capture import Arguments
from xverify.program.execution import call
from xverify.workflows.export import export
from xverify.workflows.export_options import ExportOptions


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Quick:
    return quick_export(monkeypatch)


@pytest.fixture
def bundle(quick: Quick, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return quick(tmp_path_factory.mktemp("first") / "net")[0]


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
        "checking the model", "exporting to ONNX", "making the ONNX MATLAB-ready",
        "recording every layer in float32 and float64", "writing",
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
    def refusing(node: Any, values: Any, **options: Any) -> Any:
        if node.name == "relu_1" and (options.get("double") or options.get("lift")):
            raise RuntimeError("no kernel for Double")
        return call(node, values, **options)

    monkeypatch.setattr(recorder_module, "call", refusing)
    made, comparison = quick(tmp_path / "net")
    assert comparison.passed
    reason = "relu_1 does not run in float64 (no kernel for Double)"
    assert made.manifest.noise.notes == (f"no float64 truth from there on: {reason}",)
    assert {layer.id: layer.noise_floor.unavailable for layer in made.manifest.layers} == {
        layer.id: reason if index >= 4 else "" for index, layer in enumerate(made.manifest.layers)
    }


def test_force_replaces_a_bundle(quick: Quick, tmp_path: Path) -> None:
    first = quick(tmp_path / "net")[0]
    second = quick(tmp_path / "net", force=True, seed=5)[0]
    assert load_bundle(tmp_path / "net").manifest.bundle_id == second.manifest.bundle_id != first.manifest.bundle_id
    assert [path.name for path in tmp_path.iterdir()] == ["net"]


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


class MixesItsBatch(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x - torch.cumsum(x, dim=0)


def test_a_batch_that_the_network_mixes_is_not_made_dynamic(tmp_path: Path) -> None:
    arguments = Arguments((torch.randn(3, 4),))
    export(MixesItsBatch(), arguments, tmp_path / "static", OPTIONS)
    with pytest.raises(XverifyError, match="depends on the other elements of the batch"):
        export(MixesItsBatch(), arguments, tmp_path / "net", replace(OPTIONS, dynamic_batch=True))
    assert [path.name for path in tmp_path.iterdir()] == ["static"]

"""A file without local values: each layer against PyTorch's layer on the inputs that the file itself holds."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import small_models
import torch
from fake_runtime import FakeRuntime
from numpy.typing import NDArray
from torch import nn

import xverify
from xverify.bundle.bundle import Bundle
from xverify.comparison.compare import compare_bundle
from xverify.comparison.own_inputs import NOT_PYTORCHS, NOT_SINGLE
from xverify.comparison.results import Comparison, LayerResult, Status
from xverify.comparison.verdict import BY_ACCUMULATED_ALONE
from xverify.runtimes.onnxruntime import OnnxRuntime
from xverify.runtimes.runtime import Activation
from xverify.workflows.run import run

Array = NDArray[Any]
Copy = Callable[[Bundle], Bundle]


@dataclass
class Recording(FakeRuntime):
    """Values of one whole run, as a file holds them."""

    def layers_on(self, bundle: Bundle, values: dict[str, Array]) -> Iterator[Activation] | None:
        return OnnxRuntime(threads=1).local(bundle, values)


def of(bundle: Bundle) -> dict[str, Array]:
    """Layer id -> its value in a whole run of model.onnx."""
    activations = OnnxRuntime(threads=1).accumulated(bundle)
    assert activations is not None
    return dict(activations)


def judged(bundle: Bundle, values: Mapping[str, Array]) -> tuple[Comparison, dict[str, LayerResult]]:
    comparison = compare_bundle(bundle, Recording(values))
    return comparison, {layer.id: layer for layer in comparison.layers}


def slightly_wrong(path: Path, change: Callable[[nn.Module], None]) -> Bundle:
    """The same network with another setting or weight."""
    made = small_models.cnn()
    with torch.no_grad():
        change(made.model)
    return xverify.export(made.model, made.inputs, path / "wrong", name=made.name)


def test_every_layer_of_a_correct_file_has_a_local_error(cnn_bundle: Bundle) -> None:
    comparison, layers = judged(cnn_bundle, of(cnn_bundle))
    assert comparison.passed
    assert comparison.on_own_inputs
    assert [layer.id for layer in layers.values() if layer.local is None and not layer.alias_of] == []
    assert any("inputs that the file itself holds" in note for note in comparison.notes)


def test_choices_and_several_inputs(choices_bundle: Bundle) -> None:
    comparison, layers = judged(choices_bundle, of(choices_bundle))
    assert comparison.passed
    assert all(layer.local is not None for layer in layers.values())


def leaking(model: nn.Module) -> None:
    """A fault below what the whole run is allowed; alone, a ReLU rounds nothing and must be equal."""
    model.set_submodule("2", nn.LeakyReLU(2e-7))


def test_a_fault_that_the_whole_run_hides_is_found_and_named(cnn_bundle: Bundle, tmp_path: Path) -> None:
    values = of(slightly_wrong(tmp_path, leaking))
    assert compare_bundle(cnn_bundle, FakeRuntime(values)).passed  # by accumulated errors: the fault is there and hides
    comparison, layers = judged(cnn_bundle, values)
    assert not comparison.passed
    assert (comparison.first_fault, comparison.faults) == ("layer_2", ("layer_2",))
    assert [name for name, layer in layers.items() if layer.status is Status.FAILED] == ["layer_2"]


def epsilon(model: nn.Module) -> None:
    norm = model.get_submodule("1")
    assert isinstance(norm, nn.BatchNorm2d)
    norm.eps = 1e-3


def test_behind_a_fault_layers_say_why_they_were_not_looked_at_alone(cnn_bundle: Bundle, tmp_path: Path) -> None:
    comparison, layers = judged(cnn_bundle, of(slightly_wrong(tmp_path, epsilon)))
    assert (comparison.first_fault, comparison.faults) == ("layer_1", ("layer_1",))
    assert layers["layer_0"].status is Status.PASSED
    assert layers["layer_2"].local is None
    assert layers["layer_2"].inherited_from == ("layer_1",)
    assert comparison.coverage.compared == comparison.coverage.total


def test_a_value_of_another_shape_is_the_first_fault(cnn_bundle: Bundle) -> None:
    values = of(cnn_bundle)
    comparison, layers = judged(cnn_bundle, values | {"layer_3": values["layer_3"].transpose(0, 1, 3, 2)})
    assert comparison.first_fault == "layer_3"
    assert layers["layer_4"].reason == f"{BY_ACCUMULATED_ALONE}: {NOT_PYTORCHS}"
    assert layers["layer_4"].status is Status.PASSED


def test_double_values_that_are_no_float32_numbers_are_judged_by_the_whole_run(cnn_bundle: Bundle) -> None:
    values = {name: value.astype(np.float64) for name, value in of(cnn_bundle).items()}
    assert all(
        layer.local is not None for layer in judged(cnn_bundle, values)[1].values()
    )  # float32 numbers, stored wider
    finer = values | {"layer_2": values["layer_2"] * (1 + 1e-9)}
    comparison, layers = judged(cnn_bundle, finer)
    assert comparison.passed
    for name in ("layer_2", "layer_3"):
        assert (layers[name].local, layers[name].reason) == (None, f"{BY_ACCUMULATED_ALONE}: {NOT_SINGLE}")


def test_a_missing_layer_is_not_compared_and_its_readers_have_no_local_error(cnn_bundle: Bundle) -> None:
    comparison, layers = judged(
        cnn_bundle, {name: value for name, value in of(cnn_bundle).items() if name != "layer_2"}
    )
    assert not comparison.passed
    assert layers["layer_2"].status is Status.NOT_COMPARED
    assert layers["layer_3"].reason == f"{BY_ACCUMULATED_ALONE}: {NOT_PYTORCHS}"


def test_a_file_of_the_output_alone_says_why_it_has_accumulated_errors_only(cnn_bundle: Bundle) -> None:
    output = cnn_bundle.manifest.outputs[0].layer
    comparison, layers = judged(cnn_bundle, {output: of(cnn_bundle)[output]})
    assert not comparison.on_own_inputs
    assert all(layer.local is None for layer in layers.values())
    assert f"accumulated errors only: no first fault is named ('{output}': {NOT_PYTORCHS})" in comparison.notes


def test_nan_is_no_input_to_look_at(cnn_bundle: Bundle) -> None:
    values = {name: value.copy() for name, value in of(cnn_bundle).items()}
    values["layer_2"][0, 0, 0, 0] = np.nan
    comparison, layers = judged(cnn_bundle, values)
    assert comparison.first_fault == "layer_2"
    assert layers["layer_3"].local is None


def test_a_model_that_cannot_be_run_leaves_accumulated_errors(cnn_bundle: Bundle, copied: Copy) -> None:
    bundle = copied(cnn_bundle)
    values = of(bundle)
    bundle.model_path.write_bytes(b"no model")
    comparison, layers = judged(bundle, values)
    assert comparison.passed
    assert not comparison.on_own_inputs
    assert all(layer.local is None for layer in layers.values())
    assert any(note.startswith("accumulated errors only: no first fault is named: ") for note in comparison.notes)


def test_aliases_take_the_verdict_of_their_layer(aliases_bundle: Bundle) -> None:
    comparison, layers = judged(aliases_bundle, of(aliases_bundle))
    assert comparison.passed
    assert all(layer.local is not None for layer in layers.values() if layer.alias_of in layers)


def test_a_mat_file_is_looked_at_in_this_way(cnn_bundle: Bundle, tmp_path: Path) -> None:
    file = tmp_path / "activations.mat"
    run(cnn_bundle, "onnxruntime", file)
    comparison = xverify.compare(cnn_bundle, file)
    assert (comparison.passed, comparison.on_own_inputs) == (True, True)

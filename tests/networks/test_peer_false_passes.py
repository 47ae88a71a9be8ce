"""What other comparison tools let pass, each planted here and required to fail.

Polygraphy passes a layer that is absent on one side, pairs `conv1` with `zzz` by index and `fc1` with `fc10` by substring, and
takes values of 1e-6 for zero; torch.onnx's verification passes NaN against a number and broadcasts (4, 1) against (1, 4);
onnx2tf searches for a permutation that makes a swapped tensor match, and takes NaN on both sides for a match; a metric of
absolute values sees neither signs nor permutations; a comparison of labels sees nothing else.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from faults import copy_with_model
from numpy.typing import NDArray
from scipy.io import savemat
from torch import Tensor, nn
from verdicts import explained, failing_locally

import xverify
from xverify.bundle.bundle import Bundle
from xverify.cli.main import main
from xverify.comparison.policy import Policy
from xverify.comparison.results import Comparison, Status
from xverify.errors import XverifyError
from xverify.workflows.compare import compare

Array = NDArray[Any]
ACTIVATIONS_ALONE = Policy(check_parameters=False)


class Net(nn.Module):
    """Square feature maps, names that contain each other, a column output, two outputs of one shape."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        nn.init.uniform_(self.bn.running_var, 0.5, 2.0)
        nn.init.normal_(self.bn.running_mean, std=0.3)
        self.fc1 = nn.Linear(4, 4)
        self.fc10 = nn.Linear(4, 4)
        self.score = nn.Linear(4, 1)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.bn(self.conv1(x)))
        pooled = self.dropout(y.mean(dim=(2, 3)))
        return torch.sigmoid(self.score(torch.tanh(self.fc1(pooled)) + self.fc10(pooled)))


def net() -> Net:
    torch.manual_seed(0)
    return Net()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    torch.manual_seed(1)
    return xverify.export(net(), torch.randn(4, 3, 6, 6), tmp_path_factory.mktemp("peers") / "net")


def matlab_arrays(bundle: Bundle) -> dict[str, Array]:
    """What a correct MATLAB run would write: every layer's reference, in MATLAB's axis order."""
    return {layer.id: bundle.reference(layer).transpose(layer.array.permutation) for layer in bundle.manifest.layers if not layer.alias_of}


def against(bundle: Bundle, arrays: dict[str, Array], folder: Path, policy: Policy | None = None) -> Comparison:
    path = folder / "activations.mat"
    savemat(path, arrays)
    return compare(bundle, path, policy)


def status(comparison: Comparison, layer: str) -> Status:
    return next(result.status for result in comparison.layers if result.id == layer)


def reason(comparison: Comparison, layer: str) -> str:
    return next(result.reason for result in comparison.layers if result.id == layer)


# --- a correct file passes -------------------------------------------------------------------------------------------------


def test_correct_unlabelled_file_passes(bundle: Bundle, tmp_path: Path) -> None:
    comparison = against(bundle, matlab_arrays(bundle), tmp_path)
    assert comparison.passed, explained(comparison)
    assert comparison.coverage.compared == comparison.coverage.total
    assert any("unlabelled" in note for note in comparison.notes)


def test_double_precision_file_passes(bundle: Bundle, tmp_path: Path) -> None:
    assert against(bundle, {name: array.astype(np.float64) for name, array in matlab_arrays(bundle).items()}, tmp_path).passed


def test_trailing_singletons_that_matlab_dropped_are_restored(tmp_path: Path) -> None:
    torch.manual_seed(0)
    single = xverify.export(nn.Sequential(nn.Conv2d(3, 1, 3), nn.ReLU()), torch.randn(1, 3, 7, 9), tmp_path / "net")
    arrays = matlab_arrays(single)
    assert all(array.shape == (5, 7, 1, 1) for array in arrays.values())
    dropped = {name: array.reshape(5, 7) for name, array in arrays.items()}
    comparison = against(single, dropped, tmp_path)
    assert comparison.passed, explained(comparison)


def test_integers_that_matlab_stored_compressed_still_pass(tmp_path: Path) -> None:
    """MATLAB stores a single array of whole numbers as small integers, and marks it single."""

    class Rounded(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.floor(x * 3.0)

    torch.manual_seed(0)
    rounded = xverify.export(Rounded(), torch.randn(2, 5), tmp_path / "net")
    arrays = matlab_arrays(rounded)
    floor = next(layer.id for layer in rounded.manifest.layers if layer.operation == "floor")
    path = tmp_path / "activations.mat"
    # The class stands in the array flags, 16 bytes after the 128 of the file's header: 7 is single.
    savemat(path, {floor: arrays.pop(floor).astype(np.int16), **arrays})
    data = bytearray(path.read_bytes())
    assert data[144] == 10
    data[144] = 7
    path.write_bytes(data)
    comparison = compare(rounded, path)
    assert comparison.passed, explained(comparison)


# --- a layer absent on one side -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["conv1", "bn", "fc1", "score"])
def test_layer_missing_from_the_file_does_not_pass(bundle: Bundle, tmp_path: Path, missing: str) -> None:
    arrays = matlab_arrays(bundle)
    del arrays[missing]
    comparison = against(bundle, arrays, tmp_path)
    assert not comparison.passed
    assert [layer.id for layer in comparison.failed] == [missing]
    assert status(comparison, missing) is Status.NOT_COMPARED
    assert comparison.coverage.compared == comparison.coverage.total - 1


def test_empty_file_does_not_pass(bundle: Bundle, tmp_path: Path) -> None:
    comparison = against(bundle, {}, tmp_path)
    assert not comparison.passed
    assert comparison.coverage.compared == 0


def test_layer_missing_from_the_model_does_not_pass(bundle: Bundle, tmp_path: Path) -> None:
    """BatchNormalization folded away: its input takes the place of its output, and one value is gone."""
    folder = edited(bundle, tmp_path, lambda model: bypass(model, bundle.layers["bn"].onnx_tensor))
    with pytest.raises(XverifyError, match="onnxruntime refuses"):
        compare(folder)


def test_layer_renamed_in_the_model_does_not_pass(bundle: Bundle, tmp_path: Path) -> None:
    folder = edited(bundle, tmp_path, lambda model: rename(model, bundle.layers["fc1"].onnx_tensor, "zzz"))
    with pytest.raises(XverifyError, match="onnxruntime refuses"):
        compare(folder)


# --- pairing ---------------------------------------------------------------------------------------------------------------


def test_layers_are_never_paired_by_index(bundle: Bundle, tmp_path: Path) -> None:
    arrays = {("zzz" if name == "conv1" else name): array for name, array in matlab_arrays(bundle).items()}
    comparison = against(bundle, arrays, tmp_path)
    assert not comparison.passed
    assert status(comparison, "conv1") is Status.NOT_COMPARED
    assert any("'zzz'" in problem for problem in comparison.problems)


def test_an_extra_variable_alone_does_not_pass(bundle: Bundle, tmp_path: Path) -> None:
    comparison = against(bundle, {**matlab_arrays(bundle), "zzz": np.ones((2, 3))}, tmp_path)
    assert not comparison.passed
    assert any("'zzz'" in problem for problem in comparison.problems)


def test_layers_are_never_paired_by_substring(bundle: Bundle, tmp_path: Path) -> None:
    arrays = matlab_arrays(bundle)
    assert arrays["fc1"].shape == arrays["fc10"].shape
    del arrays["fc1"]
    comparison = against(bundle, arrays, tmp_path)
    assert not comparison.passed
    assert status(comparison, "fc1") is Status.NOT_COMPARED
    assert status(comparison, "fc10") is Status.PASSED


def test_two_layers_of_one_shape_exchanged_fail(bundle: Bundle, tmp_path: Path) -> None:
    arrays = matlab_arrays(bundle)
    arrays["fc1"], arrays["fc10"] = arrays["fc10"], arrays["fc1"]
    assert {layer.id for layer in against(bundle, arrays, tmp_path).failed} == {"fc1", "fc10"}


def test_names_are_case_sensitive(bundle: Bundle, tmp_path: Path) -> None:
    arrays = {("FC1" if name == "fc1" else name): array for name, array in matlab_arrays(bundle).items()}
    comparison = against(bundle, arrays, tmp_path)
    assert not comparison.passed
    assert status(comparison, "fc1") is Status.NOT_COMPARED


# --- small values ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A network whose outputs are about 1e-6."""
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 3, bias=False))
    with torch.no_grad():
        model[2].weight.mul_(1e-6)
    made = xverify.export(model, torch.randn(2, 5), tmp_path_factory.mktemp("tiny") / "net")
    assert np.abs(made.reference(made.manifest.layers[-1])).max() < 2e-6
    return made


@pytest.mark.parametrize("factor", [0.0, 2.0, -1.0, 1.001])
def test_small_values_that_are_wrong_fail(tiny: Bundle, tmp_path: Path, factor: float) -> None:
    arrays = matlab_arrays(tiny)
    last = tiny.manifest.layers[-1].id
    arrays[last] = arrays[last] * np.float32(factor)
    assert [layer.id for layer in against(tiny, arrays, tmp_path).failed] == [last]


def test_small_weights_that_are_wrong_fail_by_activations_alone(tiny: Bundle, tmp_path: Path) -> None:
    last = tiny.manifest.layers[-1]
    folder = edited(tiny, tmp_path, lambda model: scale(model, last.parameters[0], 1.001))
    comparison = compare(folder, policy=ACTIVATIONS_ALONE)
    assert not comparison.passed
    assert comparison.first_fault == last.id


# --- NaN and Inf -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("layer", ["conv1", "relu", "score"])
def test_nan_or_inf_against_a_number_fails(bundle: Bundle, tmp_path: Path, layer: str, value: float) -> None:
    arrays = matlab_arrays(bundle)
    arrays[layer] = arrays[layer].copy()
    arrays[layer].flat[arrays[layer].size // 2] = value
    comparison = against(bundle, arrays, tmp_path)
    assert [item.id for item in comparison.failed] == [layer]
    assert ("NaN" if np.isnan(value) else "Inf") in reason(comparison, layer)


def test_nan_everywhere_fails(bundle: Bundle, tmp_path: Path) -> None:
    comparison = against(bundle, {name: np.full_like(array, np.nan) for name, array in matlab_arrays(bundle).items()}, tmp_path)
    assert len(comparison.failed) == comparison.coverage.total


def test_nan_against_a_number_fails_under_a_fixed_tolerance_too(bundle: Bundle, tmp_path: Path) -> None:
    from xverify.comparison.policy import Fixed

    arrays = matlab_arrays(bundle)
    arrays["score"] = np.full_like(arrays["score"], np.nan)
    comparison = against(bundle, arrays, tmp_path, Policy(default=Fixed(atol=1e6, rtol=1e6)))
    assert [layer.id for layer in comparison.failed] == ["score"]


def test_nan_weight_in_the_model_fails(bundle: Bundle, tmp_path: Path) -> None:
    folder = edited(bundle, tmp_path, lambda model: scale(model, "fc1.weight", np.nan))
    comparison = compare(folder, policy=ACTIVATIONS_ALONE)
    assert not comparison.passed
    assert comparison.first_fault == "fc1"
    assert failing_locally(comparison) == ["fc1"]


class Logarithm(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.log(x) * 2.0


def test_nan_on_both_sides_is_refused_at_export(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="computes NaN"):
        xverify.export(Logarithm(), torch.tensor([[1.0, -1.0, 2.0]]), tmp_path / "net")
    assert not (tmp_path / "net").exists()


class Masked(nn.Module):
    """-Inf where a mask says so, as attention has it."""

    def forward(self, x: Tensor) -> Tensor:
        return x.masked_fill(x < 0, float("-inf")).softmax(dim=1)


def test_inf_of_one_sign_at_one_place_matches_and_the_other_sign_fails(tmp_path: Path) -> None:
    torch.manual_seed(3)
    masked = xverify.export(Masked(), torch.randn(3, 8), tmp_path / "net")
    arrays = matlab_arrays(masked)
    infinite = next(name for name, array in arrays.items() if np.isinf(array).any())
    assert compare(masked).passed
    assert against(masked, arrays, tmp_path).passed
    arrays[infinite] = np.where(np.isinf(arrays[infinite]), -arrays[infinite], arrays[infinite])
    assert [layer.id for layer in against(masked, arrays, tmp_path).failed] == [infinite]


# --- shapes and order ------------------------------------------------------------------------------------------------------


def test_column_against_row_is_not_broadcast(bundle: Bundle, tmp_path: Path) -> None:
    arrays = matlab_arrays(bundle)
    assert arrays["score"].shape == (1, 4)
    arrays["score"] = arrays["score"].T
    comparison = against(bundle, arrays, tmp_path)
    assert [layer.id for layer in comparison.failed] == ["score"]
    assert reason(comparison, "score") == "shape 1x4 instead of 4x1"


def test_scalar_is_not_broadcast(bundle: Bundle, tmp_path: Path) -> None:
    """A network whose values are all one number would match a scalar by broadcasting."""
    arrays = matlab_arrays(bundle)
    arrays["fc1"] = arrays["fc1"][:1, :1]
    assert [layer.id for layer in against(bundle, arrays, tmp_path).failed] == ["fc1"]


def swapped(array: Array) -> Array:
    return array.swapaxes(0, 1)


def negated(array: Array) -> Array:
    return -array


def reversed_order(array: Array) -> Array:
    return np.ascontiguousarray(array.reshape(-1)[::-1].reshape(array.shape))


def shuffled(array: Array) -> Array:
    return np.random.default_rng(0).permutation(array.reshape(-1)).reshape(array.shape)


def two_exchanged(array: Array) -> Array:
    flat = array.reshape(-1).copy()
    order = np.argsort(flat)
    flat[order[0]], flat[order[-1]] = flat[order[-1]], flat[order[0]]
    return flat.reshape(array.shape)


def one_channel_rolled(array: Array) -> Array:
    return np.roll(array, 1, axis=2)


@pytest.mark.parametrize("change", [swapped, negated, reversed_order, shuffled, two_exchanged, one_channel_rolled])
@pytest.mark.parametrize("layer", ["conv1", "bn", "relu"])
def test_square_map_in_another_order_fails(bundle: Bundle, tmp_path: Path, layer: str, change: Callable[[Array], Array]) -> None:
    arrays = matlab_arrays(bundle)
    assert arrays[layer].shape[0] == arrays[layer].shape[1]
    assert not np.array_equal(change(arrays[layer]), arrays[layer])
    arrays[layer] = change(arrays[layer])
    comparison = against(bundle, arrays, tmp_path)
    assert [item.id for item in comparison.failed] == [layer]


def test_square_weight_transposed_fails_by_activations_alone(bundle: Bundle, tmp_path: Path) -> None:
    """onnx2tf's search for a matching permutation would accept it."""

    def transpose(model: onnx.ModelProto) -> None:
        replace_initializer(model, "fc10.weight", lambda weight: np.ascontiguousarray(weight.T))

    comparison = compare(edited(bundle, tmp_path, transpose), policy=ACTIVATIONS_ALONE)
    assert comparison.first_fault == "fc10"
    assert failing_locally(comparison) == ["fc10"]


def test_equal_labels_with_other_values_fail(tmp_path: Path) -> None:
    torch.manual_seed(4)
    classifier = xverify.export(nn.Sequential(nn.Linear(6, 5)), torch.randn(3, 6), tmp_path / "net")
    arrays = matlab_arrays(classifier)
    last = classifier.manifest.layers[-1].id
    softened = arrays[last] * np.float32(0.999)
    assert np.array_equal(softened.argmax(axis=0), arrays[last].argmax(axis=0))
    comparison = against(classifier, {**arrays, last: softened}, tmp_path)
    assert not comparison.passed
    measured = comparison.layers[-1].accumulated
    assert measured is not None
    assert measured.top1_agreement == 1.0


# --- mode and exit code ------------------------------------------------------------------------------------------------------


def test_model_in_train_mode_is_verified_in_eval_mode(tmp_path: Path) -> None:
    model, x = net().train(), torch.randn(4, 3, 6, 6, generator=torch.Generator().manual_seed(1))
    exported = xverify.export(model, x, tmp_path / "net")
    assert all(module.training for module in model.modules())
    assert model.bn.num_batches_tracked == 0
    recorded = torch.from_numpy(exported.reference(exported.manifest.layers[-1]))
    with torch.no_grad():
        expected = net().eval()(x)
        in_train_mode = net().train()(x)
    assert torch.equal(recorded, expected)
    assert not torch.allclose(recorded, in_train_mode, atol=1e-3)
    assert compare(exported).passed


def test_mismatch_has_exit_code_1_and_match_0(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "activations.mat"
    arrays = matlab_arrays(bundle)
    savemat(path, arrays)
    assert exit_code("compare", str(bundle.path), "--against", str(path)) == 0
    savemat(path, {name: array for name, array in arrays.items() if name != "fc1"})
    assert exit_code("compare", str(bundle.path), "--against", str(path)) == 1


def exit_code(*arguments: str) -> int:
    code = main.main(list(arguments), standalone_mode=False)
    assert isinstance(code, int)
    return code


# --- editing a bundle's model ---------------------------------------------------------------------------------------------------


def edited(bundle: Bundle, folder: Path, change: Callable[[onnx.ModelProto], None]) -> Path:
    model = onnx.load(bundle.model_path)
    change(model)
    return copy_with_model(bundle.path, folder / "edited", model.SerializeToString())


def replace_initializer(model: onnx.ModelProto, name: str, change: Callable[[Array], Array]) -> None:
    item = next(item for item in model.graph.initializer if item.name == name)
    item.CopyFrom(onnx.numpy_helper.from_array(change(onnx.numpy_helper.to_array(item)), name))


def scale(model: onnx.ModelProto, name: str, factor: float) -> None:
    replace_initializer(model, name, lambda array: array * np.float32(factor))


def readers(model: onnx.ModelProto, tensor: str) -> Iterator[tuple[onnx.NodeProto, int]]:
    for node in model.graph.node:
        yield from ((node, index) for index, name in enumerate(node.input) if name == tensor)


def bypass(model: onnx.ModelProto, tensor: str) -> None:
    """Removes the node that makes `tensor`; its readers read the node's input."""
    maker = next(node for node in model.graph.node if tensor in node.output)
    for node, index in readers(model, tensor):
        node.input[index] = maker.input[0]
    model.graph.node.remove(maker)


def rename(model: onnx.ModelProto, tensor: str, name: str) -> None:
    for node, index in readers(model, tensor):
        node.input[index] = name
    maker = next(node for node in model.graph.node if tensor in node.output)
    maker.output[list(maker.output).index(tensor)] = name

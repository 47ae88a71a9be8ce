"""Wrong values fail, however small they are and whatever order would make them match.

Polygraphy takes values of 1e-6 for zero; torch.onnx's verification broadcasts (4, 1) against (1, 4); onnx2tf searches for a
permutation that makes a swapped tensor match; a metric of absolute values sees neither signs nor permutations; a comparison of
labels sees nothing else.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from peer_network import ACTIVATIONS_ALONE, Array, against, edited, matlab_arrays, replace_initializer, scale
from torch import nn
from verdicts import failing_locally, result_of

import xverify
from xverify.bundle.bundle import Bundle
from xverify.workflows.compare import compare


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A network whose outputs are about 1e-6."""
    torch.manual_seed(2)
    last = nn.Linear(6, 3, bias=False)
    with torch.no_grad():
        last.weight.mul_(1e-6)
    made = xverify.export(
        nn.Sequential(nn.Linear(5, 6), nn.Tanh(), last), torch.randn(2, 5), tmp_path_factory.mktemp("tiny") / "net"
    )
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
    stored = {item.name: item.initializers[0] for item in tiny.manifest.parameters if item.initializers}
    with edited(tiny, tmp_path, lambda model: scale(model, stored[last.parameters[0]], 1.001)) as planted:
        comparison = compare(planted, policy=ACTIVATIONS_ALONE)
    assert not comparison.passed
    assert comparison.first_fault == last.id


@pytest.fixture(scope="module")
def two_units(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A regression with two outputs of different units: one of about 1e4, one of about 1e-3."""
    torch.manual_seed(0)
    head = nn.Linear(16, 2)
    scales = torch.tensor([1e5, 1e-2])
    with torch.no_grad():
        head.weight.mul_(scales[:, None])
        head.bias.mul_(scales)
    model = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), head)
    made = xverify.export(model, torch.randn(3, 5), tmp_path_factory.mktemp("units") / "net")
    assert compare(made).passed
    return made


@pytest.mark.parametrize("factor", [0.0, -1.0, 1.01])
def test_each_output_is_judged_at_its_own_scale(two_units: Bundle, tmp_path: Path, factor: float) -> None:
    arrays = matlab_arrays(two_units)
    last = two_units.manifest.layers[-1]
    assert last.array.matlab_dims == "CB"
    arrays[last.id] = arrays[last.id] * np.array([[1.0], [factor]], dtype=np.float32)
    assert [layer.id for layer in against(two_units, arrays, tmp_path).failed] == [last.id]


def test_each_output_is_judged_at_its_own_scale_by_activations_alone(two_units: Bundle, tmp_path: Path) -> None:
    last = two_units.manifest.layers[-1]

    def second_row_forgotten(model: onnx.ModelProto) -> None:
        replace_initializer(model, "layer_2_weight", lambda weight: np.stack([weight[0], 0 * weight[1]]))

    with edited(two_units, tmp_path, second_row_forgotten) as planted:
        comparison = compare(planted, policy=ACTIVATIONS_ALONE)
    assert not comparison.passed
    assert comparison.first_fault == last.id


def test_column_against_row_is_not_broadcast(bundle: Bundle, tmp_path: Path) -> None:
    arrays = matlab_arrays(bundle)
    assert arrays["score"].shape == (1, 4)
    arrays["score"] = arrays["score"].T
    comparison = against(bundle, arrays, tmp_path)
    assert [layer.id for layer in comparison.failed] == ["score"]
    assert result_of(comparison, "score").reason.startswith("shape 1x4 instead of 4x1")


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
def test_square_map_in_another_order_fails(
    bundle: Bundle, tmp_path: Path, layer: str, change: Callable[[Array], Array]
) -> None:
    arrays = matlab_arrays(bundle)
    assert arrays[layer].shape[0] == arrays[layer].shape[1]
    assert not np.array_equal(change(arrays[layer]), arrays[layer])
    arrays[layer] = change(arrays[layer])
    comparison = against(bundle, arrays, tmp_path)
    assert [item.id for item in comparison.failed] == [layer]


def test_square_weight_transposed_fails_by_activations_alone(bundle: Bundle, tmp_path: Path) -> None:
    """onnx2tf's search for a matching permutation would accept it."""

    def transpose(model: onnx.ModelProto) -> None:
        replace_initializer(model, "fc10_weight", lambda weight: np.ascontiguousarray(weight.T))

    with edited(bundle, tmp_path, transpose) as planted:
        comparison = compare(planted, policy=ACTIVATIONS_ALONE)
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

"""benchmarks/faults plants what it says: where, how much in float64, and alike in model.onnx, weights.mat and activations."""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from octave_program import needs_octave

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "faults"))

from planting.classifiers import TIMM, TORCHVISION
from planting.fault import Fault, find_fault
from planting.float64 import Float64
from planting.graph import FaultGraph
from planting.kinds.table import KINDS
from planting.networks import HELD_OUT_SEEDS, REAL, SMALL, TUNING_SEEDS
from planting.places import PLACES, Planted

SEED = TUNING_SEEDS[0]
HOMES = {
    "plain": ("weights of another layer", "flatten order: column-major", "linear weight transposed", "softmax axis"),
    "windows": ("stride offset", "ceil mode", "count_include_pad"),
    "joined": (
        "concat order",
        "residual missing",
        "resize align_corners",
        "GELU erf to tanh",
        "GELU by a sigmoid",
        "BatchNorm batch statistics",
    ),
    "mixer": ("LayerNorm epsilon", "softmax missing", "log-softmax"),
    "unet": ("InstanceNorm or GroupNorm epsilon",),
    "lstm_tagger": ("LSTM gate order", "LSTM bias dropped", "LSTM recurrent bias dropped"),
    "gru_tagger": ("GRU gate order", "GRU bias dropped", "GRU reset mode"),
}
"""Network -> kinds that need it; all others are planted in 'plain'."""
HOME = dict.fromkeys(KINDS, "plain") | {kind: name for name, kinds in HOMES.items() for kind in kinds}


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, FaultGraph]:
    folder = tmp_path_factory.mktemp("faults")
    return {name: FaultGraph(SMALL[name].export(SEED, folder / name)) for name in HOMES}


def planned(graphs: Mapping[str, FaultGraph], kind: str, place: str, number: int = 0) -> Fault:
    fault = find_fault(graphs[HOME[kind]], KINDS[kind], SEED, number, PLACES[place].suits)
    assert fault is not None
    return fault


def alone(planted: Planted, graph: FaultGraph) -> dict[str, np.ndarray]:
    """Every layer of the faulty side, from PyTorch's inputs."""
    bundle = graph.bundle
    references = {layer.id: bundle.reference(layer) for layer in bundle.manifest.layers if not layer.alias_of}
    values = planted.runtime.local(planted.bundle, references)
    assert values is not None
    return dict(values)


def require_planted(fault: Fault, values: Mapping[str, np.ndarray]) -> None:
    """The faulty layer has the value that float64 foretells, and all others are right."""
    layer, bundle = fault.site.layer, fault.site.graph.bundle
    size = np.abs(fault.wrong[np.isfinite(fault.wrong)]).max(initial=0.0)
    np.testing.assert_allclose(values[layer.id], fault.wrong, rtol=0, atol=max(layer.tolerance.local, 2e-6 * size))
    for name in values.keys() - fault.touched:
        tolerance = max(bundle.layers[name].tolerance.local, 1e-6)
        np.testing.assert_allclose(values[name], bundle.reference(bundle.layers[name]), rtol=1e-5, atol=tolerance)


@pytest.mark.parametrize("name", HOMES)
def test_float64_computes_what_pytorch_computed(graphs: Mapping[str, FaultGraph], name: str) -> None:
    graph = graphs[name]
    for identifier, places in graph.groups.items():
        layer = graph.bundle.layers[identifier]
        truth = Float64(graph.nodes, graph.constants, graph.recorded(places), graph.opset).computed(layer.onnx_tensor)
        expected = graph.bundle.reference(layer)
        np.testing.assert_allclose(
            truth.numpy(), expected, rtol=0, atol=max(layer.tolerance.local, 1e-6 * layer.magnitude)
        )


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.values is None])
def test_fault_in_the_model_is_the_one_that_float64_foretells(
    graphs: Mapping[str, FaultGraph], kind: str, tmp_path: Path
) -> None:
    fault = planned(graphs, kind, "model.onnx")
    assert fault.effect > 0
    assert fault.site.layer.id in fault.touched
    if fault.reshapes:
        assert kind == "ceil mode"
        return
    with PLACES["model.onnx"].plant(fault, tmp_path / "planted") as planted:
        require_planted(fault, alone(planted, fault.site.graph))
    assert not (tmp_path / "planted").exists()


@needs_octave
@pytest.mark.parametrize(
    "kind", ["kernel H/W exchanged", "LSTM gate order", "GRU gate order", "GELU erf to tanh", "resize align_corners"]
)
def test_fault_in_the_weights_is_the_same_one(graphs: Mapping[str, FaultGraph], kind: str, tmp_path: Path) -> None:
    fault = planned(graphs, kind, "weights.mat")
    with PLACES["weights.mat"].plant(fault, tmp_path / "planted") as planted:
        assert planted.bundle is fault.site.graph.bundle, "the comparison must know PyTorch's own parameters"
        require_planted(fault, alone(planted, fault.site.graph))


def test_fault_in_activations_reaches_the_layers_behind_it(graphs: Mapping[str, FaultGraph], tmp_path: Path) -> None:
    fault = planned(graphs, "bias dropped", "activations")
    bundle = fault.site.graph.bundle
    with PLACES["activations"].plant(fault, tmp_path / "planted") as planted:
        assert planted.runtime.local(bundle, {}) is None
        values = planted.runtime.accumulated(bundle)
        assert values is not None
        wrong = [
            name for name, value in values if not np.allclose(value, bundle.reference(bundle.layers[name]), atol=1e-4)
        ]
    order = [layer.id for layer in bundle.manifest.layers]
    assert wrong[0] == fault.site.layer.id
    assert all(order.index(name) >= order.index(wrong[0]) for name in wrong)


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.values is not None])
def test_saved_values_alone_are_changed(graphs: Mapping[str, FaultGraph], kind: str) -> None:
    fault = planned(graphs, kind, "activations")
    assert fault.change is None
    assert fault.touched == fault.values.keys()
    assert not PLACES["model.onnx"].suits(fault.kind, fault.site)
    expected = fault.site.graph.bundle.reference(fault.site.layer)
    assert sorted(fault.wrong.ravel()) == sorted(expected.ravel())


def test_the_same_seed_gives_the_same_fault_and_another_number_another_layer(graphs: Mapping[str, FaultGraph]) -> None:
    first, again = (planned(graphs, "one weight off by 1%", "model.onnx") for _ in range(2))
    assert (again.site.layer.id, again.effect) == (first.site.layer.id, first.effect)
    assert planned(graphs, "one weight off by 1%", "model.onnx", number=1).site.layer.id != first.site.layer.id


def test_network_without_a_suitable_layer_has_no_such_fault(graphs: Mapping[str, FaultGraph]) -> None:
    assert find_fault(graphs["plain"], KINDS["GRU reset mode"], SEED, 0, PLACES["model.onnx"].suits) is None
    assert find_fault(graphs["plain"], KINDS["bias dropped"], SEED, 99, PLACES["model.onnx"].suits) is None


def test_effect_is_relative_to_the_layers_own_size(graphs: Mapping[str, FaultGraph]) -> None:
    assert planned(graphs, "output scaled by 1 + 1e-3", "model.onnx").effect == pytest.approx(1e-3, rel=1e-3)
    assert planned(graphs, "output all zero", "model.onnx").effect == pytest.approx(1.0)
    assert planned(graphs, "NaN in one element", "model.onnx").effect == float("inf")


def test_held_out_seeds_are_no_tuning_seeds() -> None:
    assert not set(TUNING_SEEDS) & set(HELD_OUT_SEEDS)


def test_classifiers_are_of_many_families_and_none_is_two_networks() -> None:

    names = [*SMALL, *REAL, *TORCHVISION, *TIMM]
    assert len(set(names)) == len(names)
    assert len({*REAL, *TORCHVISION, *TIMM}) >= 60
    assert all(shape[2] != shape[3] or shape[0] == 1 for shape in (*TORCHVISION.values(), *TIMM.values()))

"""Real networks pass as they are, and fail at the right layer with a fault in them."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from fault_kinds import KINDS
from faults import SURELY_VISIBLE, Fault, flipped, spread
from network_fixtures import Exported
from real_networks import NETWORKS
from scipy.io import savemat
from verdicts import explained, failing_locally, result_of

from xverify.bundle.bundle import Bundle
from xverify.comparison.policy import Policy
from xverify.comparison.results import Comparison, Status
from xverify.runtimes.onnxruntime import OnnxRuntime
from xverify.workflows.compare import compare

_ONLY_LAYER_NORM = {"convnext_tiny": "it has LayerNorm", "vit_b_16": "it has LayerNorm", "swin_t": "it has LayerNorm"}
_POOLED = "its maps are pooled to 1 x 1 before they are flattened"
WITHOUT: Mapping[str, Mapping[str, str]] = {
    "BatchNorm epsilon": {"squeezenet1_1": "it has no normalisation", **_ONLY_LAYER_NORM},
    "LayerNorm epsilon": {
        "squeezenet1_1": "it has no normalisation",
        **dict.fromkeys(
            ("cifar10", "resnet18", "mobilenet_v3_small", "densenet121", "shufflenet_v2_x0_5", "efficientnet_b0"),
            "it has BatchNorm",
        ),
    },
    "flatten order": dict.fromkeys(
        ("resnet18", "mobilenet_v3_small", "densenet121", "squeezenet1_1", "efficientnet_b0", "convnext_tiny"), _POOLED
    ),
    "padding moved": {"vit_b_16": "its only convolution has no padding"},
}
"""Kind of fault -> networks that have no place for it, and why."""


@pytest.mark.parametrize("threads", [1, 2])
def test_correct_network_passes_with_every_layer_compared(network: Exported, threads: int) -> None:
    comparison = compare(network.bundle, threads=threads)
    assert comparison.passed, explained(comparison)
    assert comparison.coverage.compared == comparison.coverage.total == len(network.bundle.manifest.layers)
    assert comparison.parameters.checked == len(network.bundle.manifest.initializers)
    assert comparison.first_fault is None


@pytest.mark.parametrize("kind", KINDS)
def test_fault_is_found_at_its_layer_by_activations_alone(network: Exported, kind: str) -> None:
    if network.name in WITHOUT.get(kind, {}):
        assert network.model.places(kind) == []
        return
    faults = network.model.faults(kind, NETWORKS[network.name].faults)
    effective = [fault for fault in faults if fault.ratio >= SURELY_VISIBLE]
    assert effective, f"no {kind} reaches {SURELY_VISIBLE} floors: {', '.join(map(str, faults))}"
    for fault in effective:
        with network.model.planted(fault, network.scratch / "planted") as bundle:
            comparison = compare(bundle, policy=Policy(check_parameters=False), threads=1)
        require_found(fault, comparison, rounding=bundle.layers[fault.layer].tolerance.local)


def require_found(fault: Fault, comparison: Comparison, rounding: float) -> None:
    assert comparison.parameters.checked == 0
    assert not comparison.passed, f"missed: {fault}"
    assert comparison.first_fault == fault.layer, f"{fault}: blamed {comparison.first_fault}"
    assert failing_locally(comparison) == [fault.layer], str(fault)
    measured = result_of(comparison, fault.layer).local
    assert measured is not None
    # The oracle's effect and the comparison's error are two measurements of one thing.
    assert measured.max_error == pytest.approx(fault.effect, rel=1e-5, abs=rounding), str(fault)


def test_recorded_run_of_a_network_with_a_fault_fails(network: Exported) -> None:
    """A file of activations, as MATLAB would send it: each layer is looked at on the inputs that the file holds."""
    fault = network.model.faults("bias dropped", 1)[0]
    correct = recorded(network.bundle, network.bundle, network.scratch / "correct.mat")
    assert correct.passed, explained(correct)
    with network.model.planted(fault, network.scratch / "planted") as planted:
        comparison = recorded(network.bundle, planted, network.scratch / "faulty.mat")
    assert not comparison.passed
    assert comparison.first_fault == fault.layer
    assert comparison.failed[0].id == fault.layer
    assert comparison.failed[0].status is Status.FAILED


def recorded(bundle: Bundle, run: Bundle, path: Path) -> Comparison:
    """The comparison of a bundle with a file of activations of another bundle of the same layers, run in onnxruntime."""
    activations = OnnxRuntime(threads=1).accumulated(run)
    assert activations is not None
    permutations = {layer.id: layer.array.permutation for layer in bundle.manifest.layers}
    savemat(path, {name: value.transpose(permutations[name]) for name, value in activations})
    # Some layers of seeded networks can be judged by their local error alone, which no such file has.
    uncertain = [layer.id for layer in bundle.manifest.layers if layer.tolerance.accumulated_ill_conditioned]
    try:
        return compare(bundle, path, Policy(allow=dict.fromkeys(uncertain, "ill-conditioned")))
    finally:
        path.unlink()


def test_one_bit_of_one_parameter_is_found_by_name(network: Exported) -> None:
    held = [item for item in network.bundle.manifest.initializers if item.parameters and item.dtype == "float32"]
    for item in spread(held, NETWORKS[network.name].faults):
        with flipped(network.bundle, network.scratch / "flipped", item.name) as bundle:
            comparison = compare(bundle, threads=1)
        assert not comparison.passed
        (finding,) = comparison.parameters.changed
        assert (finding.initializer, finding.parameters) == (item.name, item.parameters)
        assert any(f"'{item.parameters[0]}'" in problem for problem in comparison.problems)
        paths = {bundle.layers[layer].module_path for layer in finding.layers}
        assert any(belongs(item.parameters[0], path) for path in paths), f"{item.parameters[0]} is read by {paths}"


def belongs(parameter: str, module_path: str) -> bool:
    """Whether a parameter is one of the module or of a module inside it (attention reads the weight of its out_proj itself)."""
    return parameter.startswith(f"{module_path}.") if module_path else "." not in parameter

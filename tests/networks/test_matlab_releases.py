"""The real networks, written for old and new MATLAB releases: every layer is still there, and names need no change."""

from collections import Counter
from pathlib import Path

import onnx
import pytest
import torch
from network_fixtures import Exported
from real_networks import NETWORKS
from verdicts import explained

from xverify.bundle.bundle import Bundle
from xverify.compat.releases import release
from xverify.models.loading import load_model
from xverify.program.capture import Arguments
from xverify.program.identifiers import is_identifier
from xverify.workflows.check import check
from xverify.workflows.compare import compare
from xverify.workflows.export import export
from xverify.workflows.export_options import ExportOptions

BUILT_IN = ("cifar10", "resnet18", "squeezenet1_1", "densenet121")
"""Networks of convolutions alone: nothing of them may become a custom layer."""


def require_ready(bundle: Bundle, opset: int, ir_version: int) -> None:
    model = onnx.load(bundle.model_path)
    graph = model.graph
    assert (model.opset_import[0].version, model.ir_version) == (opset, ir_version)
    values = [item.name for item in (*graph.input, *graph.initializer)] + [
        v for node in graph.node for v in node.output
    ]
    names = [name for name in [*values, *(node.name for node in graph.node)] if name]
    assert all(map(is_identifier, names))
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert not any(item.name == "auto_pad" for node in graph.node for item in node.attribute)
    kernels = [{item.name for item in node.attribute} for node in graph.node if node.op_type == "Conv"]
    assert all("kernel_shape" in attributes for attributes in kernels)


@pytest.mark.parametrize("name", ["R2024b", "R2026a"])
def test_a_bundle_is_ready_for_a_release(network: Exported, name: str) -> None:
    target = release(name).target()
    assert target.opset == 17  # one file serves both: what is written does not depend on the release's name
    require_ready(network.bundle, target.opset, target.ir_version)
    predicted = check(network.bundle.path, name)
    assert not predicted.blocked
    assert predicted.prediction.score.unsupported == 0
    if network.name in BUILT_IN:
        assert not predicted.custom
        assert predicted.prediction.score.unknown == 0
        assert predicted.layer_ids
        assert all(identifier == layer for identifier, layer in predicted.layer_ids.items())


def test_an_old_release_gets_every_layer_with_the_same_values(network: Exported, tmp_path: Path) -> None:
    loaded = load_model(NETWORKS[network.name].source, weights=NETWORKS[network.name].weights, seed=0)
    images = torch.randn(NETWORKS[network.name].shape, generator=torch.Generator().manual_seed(0))
    options = ExportOptions(name=loaded.name, noise_runs=4, release="R2022b")
    bundle, _ = export(loaded.model, Arguments((images,)), tmp_path / "old", options)
    require_ready(bundle, 13, 7)
    comparison = compare(bundle, threads=1)
    assert comparison.passed, explained(comparison)
    assert comparison.coverage.compared == len(bundle.layers) == len(network.bundle.layers)
    predicted = check(bundle.path)
    assert predicted.release == "R2022b"
    assert not predicted.blocked
    assert network.name not in BUILT_IN or not predicted.custom

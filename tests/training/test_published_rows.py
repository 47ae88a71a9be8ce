"""Every row of the published table: the network builds, trains, and exports so that onnxruntime computes the same."""

from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

import xverify
from xverify.models.cifar import cifar10_net, parse_network
from xverify.training.data import Images
from xverify.training.experiment_file import Row, read_experiment
from xverify.training.loop import new_learner, train_epoch
from xverify.training.settings import resolved

TABLE = read_experiment(Path(__file__).parents[2] / "experiments" / "published.toml")
NETWORKS = {row.recipe.network: row for row in TABLE.rows}
HEIGHT, WIDTH = 6, 9


def a_few_images() -> Images:
    pixels = np.random.default_rng(7).integers(0, 256, (6, HEIGHT, WIDTH, 3), dtype=np.uint8)
    return Images(pixels, np.arange(6) % 4)


@cache
def trained(row: Row) -> torch.nn.Module:
    """The row's network after two steps with its optimizer and rate, on batches of three."""
    cpu = torch.device("cpu")
    # Resolved, so that it trains with Winograd's convolutions, as for a user.
    recipe = resolved(msgspec.structs.replace(row.recipe, batch_size=3, epochs=1), cpu)
    torch.manual_seed(row.number)
    learner = new_learner(cifar10_net(4, parse_network(recipe.network)), recipe, cpu)
    before = {name: weights.clone() for name, weights in learner.network.named_parameters()}
    assert len(list(train_epoch(learner, a_few_images(), recipe, 1))) == 2
    changed = [not torch.equal(weights, before[name]) for name, weights in learner.network.named_parameters()]
    # Through twelve layers without norms, two steps of sgd are smaller than the rounding of the first weights.
    assert any(changed) if recipe.optimizer == "sgd" else all(changed)
    return learner.network


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: f"row {row.number}")
def test_a_row_builds_and_trains(row: Row) -> None:
    assert trained(row).eval()(torch.rand(2, 3, HEIGHT, WIDTH)).shape == (2, 4)


@pytest.mark.network
@pytest.mark.parametrize("network", NETWORKS)
def test_the_network_of_a_row_exports_and_compares_equal(network: str, tmp_path: Path) -> None:
    """One row for each network: rows that share one differ in their training alone."""
    inputs = torch.rand(2, 3, HEIGHT, WIDTH)
    bundle = xverify.export(trained(NETWORKS[network]), inputs, tmp_path / "net", noise_runs=1)

    comparison = xverify.compare(bundle)

    assert comparison.passed
    assert comparison.coverage.compared == comparison.coverage.total

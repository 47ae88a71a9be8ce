import pytest
import torch
from torch import nn

from xverify.training.averaging import measure_statistics, start_average, update_average


def a_network() -> nn.Sequential:
    torch.manual_seed(2)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Dropout(0.5), nn.BatchNorm2d(4), nn.Flatten())


def test_the_average_follows_the_weights_with_a_decay_that_grows() -> None:
    network = a_network()
    average = start_average(network)
    expected = network.get_parameter("0.weight").detach().clone()

    for step in range(30):
        with torch.no_grad():
            network.get_parameter("0.weight").add_(0.1 * step)
        decay = min(0.6, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * network.get_parameter("0.weight").detach()
        update_average(average, network, 0.6, step)

    assert torch.allclose(average.get_parameter("0.weight"), expected, rtol=1e-5)
    assert not any(parameter.requires_grad for parameter in average.parameters())


def test_statistics_are_the_mean_over_the_batches_without_dropout() -> None:
    network = a_network()
    batches = list(torch.rand(3, 6, 3, 5, 7))
    with torch.no_grad():
        activations = [network[1](network[0](batch)) for batch in batches]
    means = torch.stack([values.mean((0, 2, 3)) for values in activations]).mean(0)
    variances = torch.stack([values.var((0, 2, 3)) for values in activations]).mean(0)

    measure_statistics(network, batches)

    assert torch.allclose(network.get_buffer("3.running_mean"), means, rtol=1e-5)
    assert torch.allclose(network.get_buffer("3.running_var"), variances, rtol=1e-5)
    assert not network[3].training
    assert network[3].momentum == pytest.approx(0.1)


def test_statistics_do_not_depend_on_those_before() -> None:
    first, second = a_network(), a_network()
    nn.init.constant_(second.get_buffer("3.running_var"), 9.0)
    batch = torch.rand(4, 3, 6, 5)

    for network in (first, second):
        measure_statistics(network, [batch])

    assert torch.equal(first.get_buffer("3.running_var"), second.get_buffer("3.running_var"))


def test_a_network_without_batch_norm_needs_no_pass() -> None:
    def never() -> torch.Tensor:
        raise AssertionError

    measure_statistics(nn.Linear(2, 3), (never() for _ in range(3)))

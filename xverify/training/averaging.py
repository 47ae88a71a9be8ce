"""An exponential moving average of the weights, and BatchNorm statistics that belong to it.

Averaged weights make other activations than the weights of any step, so neither the network's running statistics nor an
average of those fits them. They are measured instead, on training images, when an epoch is done (as in Izmailov et al.,
"Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018, section 3.4).
"""

import copy
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

# 5,000 images of 32 x 32 pixels give at least 1.3 million values a channel, in a forward pass alone.
ENOUGH_IMAGES = 5_000


def start_average(network: nn.Module) -> nn.Module:
    """A copy of the network, in evaluation mode, that holds the average; same memory layout."""
    average = copy.deepcopy(network).eval()
    average.requires_grad_(requires_grad=False)
    return average


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """Takes in the weights after step `step` (from 0).

    The decay grows to its value, as (1 + step) / (10 + step): without that, the random initial weights would weigh on
    the average for several times 1 / (1 - decay) steps.
    """
    weight = 1 - min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), weight)


@torch.no_grad()
def measure_statistics(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Replaces every BatchNorm's running statistics by the mean over the batches; dropout stays off.

    Layers are measured in one pass, each on the activations of batch statistics before it, as in training.
    """
    norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over the batches
        norm.train()
    for images in batches:
        network(images)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()

"""Subnormal numbers are zero while a network trains, in every thread of torch's, and nowhere else in the process."""

import pytest
import torch
from torch import Tensor, nn

from xverify.training.data import Images
from xverify.training.loop import evaluate, new_learner, train_epoch
from xverify.training.recipe import Recipe
from xverify.training.subnormals import subnormals_flushed

CPU = torch.device("cpu")
SUBNORMAL = 1e-39


def kept() -> int:
    """How many of many subnormal numbers, shared out among all threads, are not zero after a multiplication."""
    return int((torch.full((1_000_000,), SUBNORMAL) * 1.5).count_nonzero())


@pytest.fixture
def _two_threads() -> object:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("_two_threads")
def test_they_are_zero_in_all_threads_within_and_kept_outside() -> None:
    assert kept() == 1_000_000  # torch's threads exist before
    with subnormals_flushed(CPU) as run:
        assert run(kept) == 0
        assert run(torch.get_num_threads) == 2
        assert kept() == 1_000_000
    assert kept() == 1_000_000


def test_errors_and_results_come_through() -> None:
    with subnormals_flushed(CPU) as run:
        assert run(divmod, 7, 2) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            run(divmod, 7, 0)


def test_other_devices_are_left_alone() -> None:
    with subnormals_flushed(torch.device("meta")) as run:
        assert run(kept) == 1_000_000


class Spy(nn.Module):
    """A network of one layer that notes what is left of subnormal numbers while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3 * 2 * 2, 2)
        self.seen: list[int] = []

    def forward(self, images: Tensor) -> Tensor:
        self.seen.append(kept())
        logits: Tensor = self.linear(images.flatten(1))
        return logits


def test_training_and_evaluation_flush_them() -> None:
    pixels = torch.randint(256, (6, 2, 2, 3), dtype=torch.uint8).numpy()
    images = Images(pixels, torch.tensor([0, 1] * 3).numpy())
    network = Spy()
    recipe = Recipe(batch_size=3)
    learner = new_learner(network, recipe, CPU)

    list(train_epoch(learner, images, recipe, epoch=1))
    evaluate(network, images, CPU)

    assert network.seen == [0, 0, 0]
    assert kept() == 1_000_000

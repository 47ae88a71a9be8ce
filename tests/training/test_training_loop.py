import numpy as np
import pytest
import torch
from torch import Tensor, nn

from xverify.errors import XverifyError
from xverify.training import loop
from xverify.training.batches import batch_count
from xverify.training.data import Images
from xverify.training.devices import choose_device, resolved_precision
from xverify.training.loop import EVALUATION_BATCH, BatchLoss, evaluate, new_learner, train_epoch
from xverify.training.recipe import Recipe, derived_seed
from xverify.training.schedule import learning_rate_at

CPU = torch.device("cpu")


class Watched(nn.Module):
    """A linear classifier of 2 x 3 images that remembers what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.linear = nn.Linear(18, 4)
        self.dropout = nn.Dropout(0.5)
        self.shown: list[Tensor] = []

    def forward(self, images: Tensor) -> Tensor:
        self.shown.append(images.detach().clone())
        logits: Tensor = self.linear(self.dropout(images.flatten(1)))
        return logits


def some_images(count: int = 11) -> Images:
    random = np.random.default_rng(1)
    pixels = random.integers(0, 256, (count, 2, 3, 3), dtype=np.uint8)
    return Images(pixels, random.integers(0, 4, count))


def shown_in(epoch: int, seed: int = 0) -> Tensor:
    learner = new_learner(Watched(), Recipe(), CPU)
    list(train_epoch(learner, some_images(), Recipe(batch_size=4, seed=seed), epoch))
    return torch.cat(learner.network.shown)  # type: ignore[arg-type]


def test_an_epoch_shows_every_image_once_in_an_order_of_its_own() -> None:
    first, again, second, other_seed = shown_in(1), shown_in(1), shown_in(2), shown_in(1, seed=1)

    assert torch.equal(first, again)
    assert not torch.equal(first, second)
    assert not torch.equal(first, other_seed)
    assert torch.equal(first.flatten(1).sort(dim=0).values, second.flatten(1).sort(dim=0).values)


def test_batches_are_counted_and_the_last_one_may_be_smaller() -> None:
    recipe = Recipe(batch_size=4)
    learner = new_learner(Watched(), recipe, CPU)

    batches = list(train_epoch(learner, some_images(), recipe, epoch=3))

    assert [(loss.epoch, loss.batch, loss.images) for loss in batches] == [(3, 1, 4), (3, 2, 4), (3, 3, 3)]
    assert batch_count(some_images(), recipe) == 3


def test_an_epoch_gives_the_same_weights_whatever_came_before_it() -> None:
    def weights_after_epoch_two() -> Tensor:
        learner = new_learner(Watched(), Recipe(), CPU)
        list(train_epoch(learner, some_images(), Recipe(batch_size=4), epoch=2))
        return learner.network.linear.weight.detach()  # type: ignore[union-attr,operator]

    first = weights_after_epoch_two()
    torch.rand(17)  # the global generator stands elsewhere now

    assert torch.equal(weights_after_epoch_two(), first)


def test_training_lowers_the_loss() -> None:
    recipe = Recipe(batch_size=4, learning_rate=0.01)
    network = Watched()
    before = evaluate(network, some_images(), CPU)

    learner = new_learner(network, recipe, CPU)
    for epoch in range(1, 9):
        list(train_epoch(learner, some_images(), recipe, epoch))

    assert evaluate(network, some_images(), CPU).loss < 0.8 * before.loss


def test_bf16_trains_differently_from_fp32() -> None:
    def loss_in(precision: str) -> float:
        recipe = Recipe(batch_size=11, precision=precision)  # type: ignore[arg-type]
        return next(iter(train_epoch(new_learner(Watched(), recipe, CPU), some_images(), recipe, 1))).loss

    assert loss_in("bf16") != loss_in("fp32")
    assert abs(loss_in("bf16") - loss_in("fp32")) < 0.05


def test_evaluation_averages_over_images_not_over_batches() -> None:
    images, network = some_images(EVALUATION_BATCH + 7), Watched().eval()
    pixels = torch.from_numpy(images.pixels).permute(0, 3, 1, 2) / 127.5 - 1
    logits, labels = network(pixels), torch.from_numpy(images.labels)

    result = evaluate(network, images, CPU)

    assert result.accuracy == (logits.argmax(1) == labels).double().mean().item()
    assert result.loss == pytest.approx(nn.functional.cross_entropy(logits, labels).item(), rel=1e-6)


def test_a_loss_that_is_not_finite_stops_the_run() -> None:
    network = Watched()
    with torch.no_grad():
        network.linear.weight.fill_(float("inf"))

    with pytest.raises(XverifyError, match="batch 1 of epoch 1") as caught:
        list(train_epoch(new_learner(network, Recipe(), CPU), some_images(), Recipe(), 1))

    assert "--lr" in caught.value.hint


def test_losses_read_in_portions_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def losses(portion: int) -> list[BatchLoss]:
        monkeypatch.setattr(loop, "LOSSES_AT_ONCE", portion)
        monkeypatch.setattr(loop, "CPU_LOSSES_AT_ONCE", portion)
        recipe = Recipe(batch_size=2)
        return list(train_epoch(new_learner(Watched(), recipe, CPU), some_images(), recipe, 2))

    assert losses(4) == losses(1)
    assert [loss.batch for loss in losses(4)] == [1, 2, 3, 4, 5, 6]


def test_every_step_has_the_learning_rate_of_the_schedule() -> None:
    recipe = Recipe(batch_size=4, epochs=2, schedule="cosine", warmup=0.4, learning_rate=0.5, optimizer="sgd")
    learner = new_learner(Watched(), recipe, CPU)

    rates = [learner.optimizer.param_groups[0]["lr"] for _ in train_epoch(learner, some_images(), recipe, epoch=2)]

    assert rates == [learning_rate_at(recipe, step, 6) for step in (3, 4, 5)]
    assert rates[0] > rates[1] > rates[2]


def test_label_smoothing_changes_the_training_loss_and_not_the_evaluation() -> None:
    def first_loss(smoothing: float) -> float:
        recipe = Recipe(batch_size=11, label_smoothing=smoothing)
        torch.manual_seed(3)
        return next(train_epoch(new_learner(Watched().eval(), recipe, CPU), some_images(), recipe, 1)).loss

    assert first_loss(0.2) != first_loss(0.0)


def test_the_average_is_judged_and_differs_from_the_network() -> None:
    recipe = Recipe(batch_size=4, average=0.9, learning_rate=0.05)
    learner = new_learner(Watched(), recipe, CPU)
    list(train_epoch(learner, some_images(), recipe, 1))

    assert learner.judged is learner.average
    assert not torch.equal(learner.average.linear.weight, learner.network.linear.weight)  # type: ignore[union-attr,arg-type]
    assert new_learner(Watched(), Recipe(), CPU).average is None


def test_auto_is_bf16_only_where_the_device_multiplies_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, supported in (("avx512_bf16", False), ("amx_tile", False)):
        monkeypatch.setattr(torch.cpu, f"_is_{name}_supported", lambda supported=supported: supported)
    assert resolved_precision("auto", CPU) == "fp32"
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    assert resolved_precision("auto", CPU) == "bf16"
    assert resolved_precision("fp32", CPU) == "fp32"
    assert resolved_precision("auto", torch.device("mps")) == "fp32"


def test_seeds_differ_by_purpose_and_epoch_and_fit_torch() -> None:
    seeds = {derived_seed(0, purpose, epoch) for purpose in ("shuffle", "dropout") for epoch in range(50)}

    assert len(seeds) == 100
    assert max(seeds) < 2**63
    assert derived_seed(0, "weights") == 664910812957149500


def test_a_device_that_is_not_there_is_refused() -> None:
    missing = "cuda" if not torch.cuda.is_available() else "mps"

    with pytest.raises(XverifyError, match=f"'{missing}' is not available"):
        choose_device(missing)
    assert choose_device("cpu") == CPU

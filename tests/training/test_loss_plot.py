import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xverify.training.journal import DataDescription, EpochResult, Journal, RunningLoss
from xverify.training.loop import Evaluation
from xverify.training.plots import loss_plot
from xverify.training.recipe import Recipe

HELD_OUT = (213, 94, 0)


def a_journal(last_loss: float, epochs_before: int = 2) -> Journal:
    data = DataDescription(
        source="made up",
        classes=("a", "b"),
        image_size=(6, 7),
        training_images=54,
        held_out_images=6,
        test_images=9,
        fingerprint="0" * 64,
    )
    losses = [*np.linspace(1.9, 1.3, epochs_before).tolist(), last_loss]
    epochs = [
        EpochResult(epoch=n, training_loss=x, held_out=Evaluation(loss=x + 0.1, accuracy=1 - x / 2), seconds=3.0)
        for n, x in enumerate(losses, start=1)
    ]
    running = [RunningLoss(epoch=n, batch=100, loss=x) for n, x in enumerate(losses, start=1)]
    return Journal(
        recipe=Recipe(),
        device="cpu",
        data=data,
        parameters=5,
        batches_per_epoch=120,
        epochs=tuple(epochs),
        running_losses=tuple(running),
    )


def drawn(journal: Journal) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(loss_plot(journal))) as plot:
        assert plot.format == "PNG"
        return np.asarray(plot.convert("RGB"))


def test_the_plot_has_the_stated_size_and_shows_the_losses() -> None:
    plot, other = drawn(a_journal(last_loss=1.1)), drawn(a_journal(last_loss=1.6))

    assert plot.shape == (600, 1500, 3)
    assert not np.array_equal(plot[:, :750], other[:, :750])
    assert not np.array_equal(plot[:, 750:], other[:, 750:])


def test_equal_runs_give_equal_plots() -> None:
    assert loss_plot(a_journal(last_loss=1.1)) == loss_plot(a_journal(last_loss=1.1))


def test_a_long_run_has_no_markers_that_cover_its_line() -> None:
    marked, plain = (
        (drawn(a_journal(1.1, epochs_before=count))[:, 750:] == HELD_OUT).all(axis=2).sum() for count in (29, 30)
    )

    assert marked > 1.3 * plain > 1000

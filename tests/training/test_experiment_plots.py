import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from xverify.training.experiment_plots import Curves, RowCurves, accuracy_plot, loss_plot, running_loss_plot


def rows(count: int, last: float = 0.8) -> list[RowCurves]:
    curves = [
        Curves([2.0, 1.0 + n / 10], [2.1, 1.2 + n / 10], [0.4, 0.6 + n / 90], [(100, 2.0), (200, 1.0)])
        for n in range(count - 1)
    ]
    curves.append(Curves([2.0, last], [2.0, last], [0.3, last], [(100, 2.1), (200, last)]))
    return [RowCurves(f"row {n}: 5-3", 0.7, [curve]) for n, curve in enumerate(curves, start=1)]


def drawn(data: bytes | None) -> NDArray[np.uint8]:
    assert data is not None
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("plot", [accuracy_plot, loss_plot, running_loss_plot])
def test_a_row_that_differs_shows(plot: object) -> None:
    assert callable(plot)
    first, same, other = (drawn(plot(rows(6, last))) for last in (0.8, 0.8, 0.9))

    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)
    assert first.shape == (660, 1740, 3)


def test_fewer_rows_make_a_smaller_picture() -> None:
    assert drawn(accuracy_plot(rows(1))).shape[1] < drawn(accuracy_plot(rows(3))).shape[1]


def test_runs_shorter_than_a_hundred_batches_have_no_running_loss() -> None:
    assert running_loss_plot([RowCurves("row 1: short", None, [Curves([1.0], [1.0], [0.5], [])])]) is None

"""Distances over blocks against the same in one piece."""

import numpy as np
import pytest
import torch
from torch import Tensor

from xverify.program.distance import BLOCK, Distance, channel_extremes, distance, largest_magnitude, root_mean_square

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("size", [1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 3])
def test_blocks_give_what_the_whole_gives(size: int) -> None:
    torch.manual_seed(size)
    value, truth = torch.randn(size), torch.randn(size, dtype=torch.float64)
    value[-1] += 100.0  # the worst element stands at the end of the last block
    error = np.abs(value.numpy().astype(np.float64) - truth.numpy())
    found = distance(value, truth)
    assert found.max == error.max()
    assert found.rms == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-12)
    assert root_mean_square(value.numpy()) == pytest.approx(np.sqrt(np.mean(value.numpy().astype(np.float64) ** 2)))
    assert largest_magnitude(value) == float(value.abs().max())


def test_the_difference_is_taken_in_float64() -> None:
    found = distance(torch.tensor([1.0]), torch.tensor([1.0 + 2.0**-40], dtype=torch.float64))
    assert found == Distance(2.0**-40, 2.0**-40)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("value", "truth"),
    [
        (torch.tensor([NAN, 1.0, 2.0]), torch.tensor([0.0, 1.5, 2.0])),
        (torch.tensor([INF, 1.0, 2.0]), torch.tensor([INF, 1.5, 2.0])),
        (torch.tensor([1.0, 2.0, -INF]), torch.tensor([1.5, 2.0, INF])),
        (torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.5, 2.0, NAN])),
    ],
)
def test_only_places_where_both_are_finite_count(value: Tensor, truth: Tensor) -> None:
    found = distance(value, truth)
    assert found.max == 0.5
    assert found.rms == pytest.approx((0.25 / 3) ** 0.5)


def test_sizes_leave_infinities_out() -> None:
    value = torch.tensor([[3.0, -INF], [NAN, -4.0]])
    assert largest_magnitude(value) == 4.0
    assert root_mean_square(value.numpy()) == 2.5


@pytest.mark.parametrize("shape", [(0,), (2, 0)])
def test_empty_values_have_no_distance(shape: tuple[int, ...]) -> None:
    empty = torch.zeros(shape)
    assert distance(empty, empty) == Distance(0.0, 0.0)
    assert (largest_magnitude(empty), root_mean_square(empty.numpy())) == (0.0, 0.0)


def test_scalars_and_strided_values() -> None:
    assert distance(torch.tensor(2.0), torch.tensor(-1.0)) == Distance(3.0, 3.0)
    strided = torch.arange(6.0).reshape(2, 3).t()
    assert distance(strided, strided + 1.0) == Distance(1.0, 1.0)
    assert root_mean_square(np.array([[3.0, 4.0]], np.float32).T) == pytest.approx((25 / 2) ** 0.5)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_extremes_of_each_channel_leave_nan_and_infinities_out(axis: int) -> None:
    value = torch.randn(3, 4, 5) * torch.arange(1.0, 4.0).reshape(3, 1, 1)
    value[1, 2, 3], value[0, 0, 0], value[2, 1, 1] = INF, NAN, -50.0
    plain = value.double().numpy()
    plain = np.where(np.isfinite(plain), np.abs(plain), 0.0)
    others = tuple(other for other in range(3) if other != axis)
    np.testing.assert_array_equal(channel_extremes(value, axis), plain.max(axis=others), strict=True)


def test_extremes_of_vectors_and_of_nothing() -> None:
    np.testing.assert_array_equal(channel_extremes(torch.tensor([-2.0, INF]), 0), [2.0, 0.0])
    np.testing.assert_array_equal(channel_extremes(torch.zeros(0, 3), 1), [0.0, 0.0, 0.0])

"""What the other float32 runs do differently, by itself."""

from typing import Any

import numpy as np
import pytest
import torch
from captured_networks import case_of
from numpy.typing import NDArray
from torch import Tensor, nn

from xverify.program.noise import generator, is_plain_mean, jittered, sequential_mean

Array = NDArray[Any]


def test_jitter_moves_each_element_by_one_ulp_up_or_down() -> None:
    value = torch.randn(40, 50)
    moved = jittered(value, generator(1))
    assert set((moved.view(torch.int32) - value.view(torch.int32)).abs().flatten().tolist()) == {1}
    assert 0.4 < float((moved > value).float().mean()) < 0.6
    assert torch.equal(moved, jittered(value, generator(1)))
    assert not torch.equal(moved, jittered(value, generator(2)))


def test_jitter_leaves_integers_and_takes_seeds_of_any_size() -> None:
    counts = torch.arange(4)
    assert jittered(counts, generator(2**70)) is counts


class Means(nn.Module):
    """Means over one and several axes, kept and dropped, and over everything."""

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return x.mean((1, 3)), x.mean(-2, keepdim=True), x.mean((-1, 0), keepdim=True), x.mean()


def python_mean(array: Array, axes: tuple[int, ...], keep: bool) -> Array:
    """One float32 addition after the other."""
    kept = [axis for axis in range(array.ndim) if axis not in axes]
    result = np.zeros([array.shape[axis] for axis in kept], np.float32)
    for index in np.ndindex(*array.shape):
        place = tuple(index[axis] for axis in kept)
        result[place] = np.float32(result[place] + array[index])
    result /= np.float32(np.prod([array.shape[axis] for axis in axes]))
    return np.expand_dims(result, axes) if keep else result


@pytest.mark.parametrize(("output", "axes", "keep"), [(0, (1, 3), False), (1, (2,), True), (2, (0, 3), True)])
def test_the_sequential_mean_is_a_plain_loop(output: int, axes: tuple[int, ...], keep: bool) -> None:
    x = torch.randn(3, 29, 5, 41) * 10 + 3
    case = case_of(Means(), x)
    nodes = [item.node for item in case.network.outputs]
    assert [is_plain_mean(node) for node in nodes] == [True, True, True, False]
    mean = sequential_mean(x, nodes[output]).numpy()
    np.testing.assert_array_equal(mean, python_mean(x.numpy(), axes, keep), strict=True)
    assert not np.array_equal(mean, x.mean(axes, keepdim=keep).numpy())  # PyTorch sums in pairs

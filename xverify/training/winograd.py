"""3 x 3 convolutions with a quarter of the multiplications, for training on a CPU.

Winograd's minimal filtering F(4 x 4, 3 x 3): every tile of 4 x 4 results comes from 6 x 6 values, which are transformed
so that 36 products a channel take the place of 144 (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks",
CVPR 2016). The products of all channels are 36 matrix products, and the gradients are products of the same size.

It is the same sum in another order, which rounds more: up to 2e-5 of the largest result, where the direct sum has 1e-6.
So it trains and never judges: in evaluation mode a layer sums directly, as everything that is exported does.
"""

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

TILE = 4
_PATCH = TILE + 2  # a tile and its border
_PLACES = _PATCH * _PATCH

# From so many products of channels on it is faster than the direct sum (two CPU cores, AVX-512): 0.9 times as fast with
# 64 x 64 channels, 1.2 times with 64 x 128, twice with 256 x 512. docs/explanation/training.md has the measurement.
ENOUGH_CHANNELS = 64 * 128

# Tiles that are computed together. With fewer, the threads wait for each other more often than their values staying in the cache
# saves: with 128, a step of the published network takes 1.18 times as long (two cores). With more, only the memory grows.
_TILES_AT_ONCE = 512

# What is added to this product of a tile is in each of its 16 results: the point 1 in both directions.
_IN_EVERY_RESULT = _PATCH + 1

# The transforms of a row of values, of kernels and of products, for the points 0, 1, -1, 2, -2 and infinity.
_VALUES = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
_KERNELS = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
_RESULTS = (
    (1, 1, 1, 1, 1, 0),
    (0, 1, -1, 2, -2, 0),
    (0, 1, 1, 4, 4, 0),
    (0, 1, -1, 8, -8, 1),
)


class WinogradConv2d(nn.Conv2d):
    """A `Conv2d` that trains with Winograd's algorithm; same parameters, same state_dict."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name, by which it may be called
        """The layer's result `(N, K, H, W)` for `(N, C, H, W)`."""
        return winograd_convolution(input, self.weight, self.bias) if self.training else super().forward(input)


def use_winograd(network: nn.Module) -> None:
    """Makes every convolution for which it is faster train with Winograd's algorithm, in place."""
    for module in network.modules():
        if type(module) is nn.Conv2d and is_faster(module):
            module.__class__ = WinogradConv2d


def is_faster(layer: nn.Conv2d) -> bool:
    """Whether the algorithm fits the layer (3 x 3, stride 1, padded by 1, one group), and its channels are enough."""
    ones = (1, 1)
    fits = layer.kernel_size == (3, 3) and layer.stride == layer.dilation == layer.padding == ones
    return (
        fits
        and layer.groups == 1
        and layer.padding_mode == "zeros"
        and layer.in_channels * layer.out_channels >= ENOUGH_CHANNELS
    )


def winograd_convolution(images: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """What `conv2d(images, weight, bias, padding=1)` gives, but for rounding; with gradients of all three.

    Args:
        images: `(N, C, H, W)`, float32 or float64, best in the memory format channels_last.
        weight: `(K, C, 3, 3)`, same dtype.
        bias: `(K,)` or None.

    Returns:
        `(N, K, H, W)`, in channels_last.
    """
    return cast("Tensor", _Convolution.apply(images, weight, bias))


class _Convolution(torch.autograd.Function):
    """The convolution as one step of autograd, whose result is no view.

    A ReLU in place that follows would make autograd copy a view's whole gradient, twice, and in another layout.
    """

    @staticmethod
    def forward(ctx: Any, images: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        outputs, inputs = weight.shape[:2]
        tiles = _whole_tiles(images)
        kernels = _both_ways(_KERNELS, weight) @ weight.permute(2, 3, 1, 0).reshape(9, inputs * outputs)
        kernels = kernels.view(_PLACES, inputs, outputs)
        results = _empty(tiles, outputs)
        places = _by_tile(_channels_last(results))
        to_results = _both_ways(_RESULTS, images)
        saved = []
        for part in _parts(tiles):
            values = _transformed(tiles[part])
            products = torch.bmm(values, kernels)
            if bias is not None:
                products[_IN_EVERY_RESULT] += bias
            places[part] = _as_tiles(to_results @ products.view(_PLACES, -1), places[part])
            saved.append(values)
        ctx.shape = images.shape
        ctx.save_for_backward(kernels, *saved)
        return _cropped(results, images.shape)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor, Tensor | None]:
        (gradient,) = gradients
        kernels, *saved = ctx.saved_tensors
        inputs, outputs = kernels.shape[1:]
        tiles = _whole_tiles(gradient)
        places = _by_tile(tiles)
        from_results, from_values = _both_ways(_RESULTS, gradient).T, _both_ways(_VALUES, gradient).T
        of_kernels = torch.zeros_like(kernels)
        of_bias = gradient.new_zeros(outputs) if ctx.needs_input_grad[2] else None
        of_images = _empty(tiles, inputs) if ctx.needs_input_grad[0] else None
        for part, values in zip(_parts(tiles), saved, strict=True):
            upstream = places[part].permute(2, 4, 0, 1, 3, 5).reshape(TILE * TILE, -1)
            products = (from_results @ upstream).view(_PLACES, -1, outputs)
            of_kernels.baddbmm_(values.transpose(1, 2), products)
            if of_bias is not None:
                of_bias += products[_IN_EVERY_RESULT].sum(0)
            if of_images is not None:
                patches = torch.bmm(products, kernels.transpose(1, 2)).view(_PLACES, -1)
                image_part = _channels_last(of_images)[part]
                image_part.copy_(_overlapped(from_values @ patches, image_part))
        of_weight = _both_ways(_KERNELS, gradient).T @ of_kernels.view(_PLACES, -1)
        of_weight = of_weight.view(3, 3, inputs, outputs).permute(3, 2, 0, 1)
        return (None if of_images is None else _cropped(of_images, ctx.shape)), of_weight, of_bias


def _whole_tiles(images: Tensor) -> Tensor:
    """Images `(N, C, H, W)` as `(N, H, W, C)`, contiguous, with zeros to whole tiles in both directions."""
    height, width = images.shape[2:]
    whole = _channels_last(images).contiguous()
    down, right = -height % TILE, -width % TILE
    return functional.pad(whole, (0, 0, 0, right, 0, down)) if down or right else whole


def _empty(tiles: Tensor, channels: int) -> Tensor:
    """Space for `(N, channels, H, W)` in channels_last, for tiles `(N, H, W, any)`; no view of anything."""
    count, height, width, _ = tiles.shape
    shape = (count, channels, height, width)
    return torch.empty(shape, dtype=tiles.dtype, device=tiles.device, memory_format=torch.channels_last)


def _channels_last(images: Tensor) -> Tensor:
    return images.permute(0, 2, 3, 1)


def _by_tile(images: Tensor) -> Tensor:
    """Images `(N, H, W, C)` as `(N, H / 4, 4, W / 4, 4, C)`, in the same memory."""
    count, height, width, channels = images.shape
    return images.view(count, height // TILE, TILE, width // TILE, TILE, channels)


def _cropped(images: Tensor, shape: torch.Size) -> Tensor:
    """Images `(N, C, H, W)` without what filled up their last tiles."""
    if images.shape[2:] == shape[2:]:
        return images
    return images[:, :, : shape[2], : shape[3]].clone(memory_format=torch.channels_last)


def _both_ways(rows: tuple[tuple[float, ...], ...], like: Tensor) -> Tensor:
    """The transform of a square, of the one of a row: for both directions at once."""
    matrix = torch.tensor(rows, dtype=torch.float64)
    return torch.kron(matrix, matrix).to(like)


def _parts(images: Tensor) -> Iterator[slice]:
    """So many images at a time that their tiles fit the cache."""
    count, height, width, _ = images.shape
    at_once = max(1, _TILES_AT_ONCE // ((height // TILE) * (width // TILE)))
    for start in range(0, count, at_once):
        yield slice(start, min(start + at_once, count))


def _transformed(images: Tensor) -> Tensor:
    """The patch of every tile, transformed: `(36, tiles, C)`."""
    count, height, width, channels = images.shape
    bordered = functional.pad(images, (0, 0, 1, 1, 1, 1))
    image, row, column, _ = bordered.stride()
    patches = bordered.as_strided(
        (_PATCH, _PATCH, count, height // TILE, width // TILE, channels),
        (row, column, image, TILE * row, TILE * column, 1),
    )
    return (_both_ways(_VALUES, images) @ patches.reshape(_PLACES, -1)).view(_PLACES, -1, channels)


def _as_tiles(results: Tensor, like: Tensor) -> Tensor:
    """Results `(16, tiles * K)` where they belong in `(N, H / 4, 4, W / 4, 4, K)`."""
    count, down, _, right, _, channels = like.shape
    return results.view(TILE, TILE, count, down, right, channels).permute(2, 3, 0, 4, 1, 5)


def _overlapped(patches: Tensor, like: Tensor) -> Tensor:
    """Patches `(36, tiles * C)` added up where they overlap, without the border: `(N, H, W, C)`."""
    count, height, width, channels = like.shape
    down, right = height // TILE, width // TILE
    places = patches.view(_PATCH, _PATCH, count, down, right, channels)
    total = patches.new_empty(count, down + 1, TILE, right + 1, TILE, channels)
    total[:, down] = 0
    total[:, :, :, right] = 0
    total[:, :down, :, :right] = places[:TILE, :TILE].permute(2, 3, 0, 4, 1, 5)
    total[:, 1:, :2, :right] += places[TILE:, :TILE].permute(2, 3, 0, 4, 1, 5)
    total[:, :down, :, 1:, :2] += places[:TILE, TILE:].permute(2, 3, 0, 4, 1, 5)
    total[:, 1:, :2, 1:, :2] += places[TILE:, TILE:].permute(2, 3, 0, 4, 1, 5)
    whole = total.view(count, height + TILE, width + TILE, channels)
    return whole[:, 1 : height + 1, 1 : width + 1]

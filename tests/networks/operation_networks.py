"""Small correct networks of operations that layers of other networks lack: attention, interpolation, choices, odd pads."""

from collections.abc import Callable, Mapping
from typing import cast

import torch
import torch.nn.functional as F
from made_network import Made, randomise_norms
from torch import Tensor, nn


class SelfAttention(nn.Module):
    """nn.MultiheadAttention of a sequence with itself."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(24, 3, batch_first=True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        values, weights = self.attention(x, x, x)
        return values, weights


def multihead_attention() -> Made:
    return SelfAttention(), torch.randn(2, 13, 24)


def transformer_encoder_layer() -> Made:
    layer = nn.TransformerEncoderLayer(24, 4, dim_feedforward=40, batch_first=True, activation="gelu")
    return randomise_norms(layer), torch.randn(2, 11, 24)


def transformer_encoder() -> Made:
    layer = nn.TransformerEncoderLayer(16, 2, dim_feedforward=40, batch_first=True, norm_first=True)
    return randomise_norms(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)), torch.randn(2, 7, 16)


class UNet(nn.Module):
    """Down, up by interpolation and by transposed convolution, skip connections."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU())
        self.down = nn.Sequential(nn.Conv2d(6, 10, 3, stride=2, padding=1), nn.GroupNorm(2, 10), nn.LeakyReLU(0.1))
        self.deep = nn.Sequential(nn.Conv2d(10, 12, 3, stride=2, padding=1), nn.BatchNorm2d(12), nn.Hardswish())
        self.rise = nn.ConvTranspose2d(12, 10, 2, stride=2)
        self.leave = nn.Conv2d(16, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.enter(x)
        second = self.down(first)
        third = self.rise(self.deep(second)) + second
        wide = F.interpolate(third, scale_factor=2.0, mode="bilinear", align_corners=False)
        mixed = torch.cat([wide, first], dim=1)
        return F.interpolate(self.leave(mixed), size=(20, 30), mode="nearest")


def unet() -> Made:
    return randomise_norms(UNet()), torch.randn(2, 3, 16, 24)


class Splits(nn.Module):
    """split, chunk, topk and argmax among the outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 18)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        y = self.linear(x)
        a, b, c = torch.split(y, [4, 5, 9], dim=1)
        first, second = torch.chunk(y, 2, dim=1)
        values, indices = torch.topk(first * second, 3, dim=1)
        return {"a": a.relu(), "b": b, "c": c.tanh(), "values": values, "indices": indices, "label": y.argmax(dim=1)}


def splits() -> Made:
    return Splits(), torch.randn(3, 8)


class Choices(nn.Module):
    """where, comparison, masks, clamp, max with indices, boolean outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        y = self.linear(x)
        mask = y > 0.1
        chosen = torch.where(mask, y * 2.0, y.exp())
        largest, where = chosen.max(dim=1)
        return chosen.clamp(-1, 2), mask, largest, where


def choices() -> Made:
    return Choices(), torch.randn(4, 8)


class ConvOneD(nn.Module):
    """1-D convolutions with dilation and groups, average pooling, a channel shuffle by views."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(4, 8, 3, dilation=2, padding=2)
        self.second = nn.Conv1d(8, 8, 3, groups=4, stride=2)
        self.pool = nn.AvgPool1d(2)

    def forward(self, x: Tensor) -> Tensor:
        y = self.first(x)
        n, _, length = y.shape
        y = y.view(n, 4, 2, length).transpose(1, 2).reshape(n, 8, length)
        return cast("Tensor", self.pool(torch.relu(self.second(y))))


def conv_1d() -> Made:
    return ConvOneD(), torch.randn(2, 4, 29)


def conv_3d() -> Made:
    model = nn.Sequential(
        nn.Conv3d(2, 4, (3, 3, 2), padding=1),
        nn.BatchNorm3d(4),
        nn.ReLU(),
        nn.MaxPool3d(2),
        nn.AdaptiveAvgPool3d(1),
        nn.Flatten(),
    )
    return randomise_norms(model), torch.randn(2, 2, 6, 8, 10)


def pads_and_pools() -> Made:
    model = nn.Sequential(
        nn.ReflectionPad2d((1, 2, 3, 0)),
        nn.Conv2d(3, 4, (3, 5), stride=(2, 1), padding=(0, 2), bias=False),
        nn.InstanceNorm2d(4, affine=True),
        nn.ZeroPad2d((1, 0, 0, 2)),
        nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False),
        nn.PReLU(4),
        nn.MaxPool2d(3, stride=1, padding=1),
        nn.PixelShuffle(2),
        nn.Softplus(),
    )
    return model, torch.randn(2, 3, 14, 17)


def embedding_bag_of_means() -> Made:
    class Mean(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(31, 10)
            self.head = nn.Linear(10, 1)

        def forward(self, tokens: Tensor) -> Tensor:
            return cast("Tensor", self.head(self.embedding(tokens).mean(dim=1)))

    return Mean(), torch.randint(0, 31, (1, 19))


def squared_sum_to_scalar() -> Made:
    class Scalar(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(6, 30)

        def forward(self, x: Tensor) -> Tensor:
            return torch.square(self.linear(x)).sum()

    return Scalar(), torch.randn(2, 6)


def einsum_bmm() -> Made:
    class Bilinear(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(5, 6, 7))

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return torch.einsum("ni,oij,nj->no", a, self.weight, b) + torch.bmm(a[:, None, :5], b[:, :5, None])[:, 0]

    return Bilinear(), (torch.randn(3, 6), torch.randn(3, 7))


class SinusoidalPositions(nn.Module):
    """Adds a positional encoding that forward computes from constants, as many transformers do."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        angles = torch.arange(x.shape[1])[:, None] / 10000 ** (torch.arange(6) / 6)
        return cast("Tensor", self.embed(x) + torch.sin(angles))


def sinusoidal_positions() -> Made:
    return SinusoidalPositions(), torch.randn(2, 5, 6)


class MeanToScalar(nn.Module):
    """A result without axes."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 30)

    def forward(self, x: Tensor) -> Tensor:
        return torch.mean(self.linear(x))


def mean_to_scalar() -> Made:
    return MeanToScalar(), torch.randn(2, 6)


def batch_norm_of_raw_data() -> Made:
    """BatchNorm as the normalisation of raw data: the mean is a thousand deviations, and cancels."""
    norm = nn.BatchNorm2d(3)
    nn.init.constant_(cast("Tensor", norm.running_mean), 1000.0)
    return nn.Sequential(norm, nn.Conv2d(3, 4, 3), nn.ReLU()), torch.randn(2, 3, 5, 6) + 1000


def cancelling_sum() -> Made:
    class Cancelling(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(6, 1)

        def forward(self, x: Tensor) -> Tensor:
            return cast("Tensor", (self.linear(x) + 1e4) - 1e4)

    return Cancelling(), torch.randn(1, 6)


def interpolations() -> Made:
    class Interpolations(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            y = self.conv(x)
            cubic = F.interpolate(y, scale_factor=1.7, mode="bicubic")
            aligned = F.interpolate(y, size=(13, 11), mode="bilinear", align_corners=True)
            return (
                cubic,
                aligned,
                F.grid_sample(y, torch.tanh(x[:, :2, :5, :4].permute(0, 2, 3, 1)), align_corners=False),
            )

    return Interpolations(), torch.randn(1, 3, 9, 7)


def causal_attention() -> Made:
    class Causal(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(8, 24)

        def forward(self, x: Tensor) -> Tensor:
            query, key, value = self.inner(x).chunk(3, dim=-1)
            scores = query @ key.transpose(1, 2)
            hidden = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
            return cast("Tensor", scores.masked_fill(hidden, float("-inf")).softmax(-1) @ value)

    return Causal(), torch.randn(2, 5, 8)


OPERATIONS: Mapping[str, Callable[[], Made]] = {
    function.__name__: function
    for function in (
        multihead_attention,
        transformer_encoder_layer,
        transformer_encoder,
        unet,
        splits,
        choices,
        conv_1d,
        conv_3d,
        pads_and_pools,
        embedding_bag_of_means,
        squared_sum_to_scalar,
        einsum_bmm,
        sinusoidal_positions,
        mean_to_scalar,
        batch_norm_of_raw_data,
        cancelling_sum,
        interpolations,
        causal_attention,
    )
}

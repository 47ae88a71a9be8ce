"""Small correct networks, each of a kind that a comparison could wrongly reject: few outputs, long recurrences, odd structures.

A network with one or two output elements is where a calibrated tolerance is most easily too tight: a single rounding is a
random draw, and where terms cancel the result may be far smaller than what was added.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Made = tuple[nn.Module, Any]
"""A model and its inputs: a tensor, a tuple of positional inputs, or a dict of keyword inputs."""


def randomise_norms(model: nn.Module) -> nn.Module:
    """Gives every normalisation layer non-trivial statistics and weights, as training would."""
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            nn.init.normal_(cast("Tensor", module.running_mean), std=0.3)
            nn.init.uniform_(cast("Tensor", module.running_var), 0.3, 2.0)
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.LayerNorm, nn.GroupNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
    return model


# --- one- and two-element outputs at batch 1 ----------------------------------------------------------------------------


def conv_bn_linear() -> Made:
    model = nn.Sequential(
        nn.Conv2d(3, 5, 3, padding=1), nn.BatchNorm2d(5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(5, 7, 3), nn.BatchNorm2d(7), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(7, 1),
    )  # fmt: skip
    return randomise_norms(model), torch.randn(1, 3, 12, 18)


def mlp_one() -> Made:
    return nn.Sequential(nn.Linear(13, 37), nn.ReLU(), nn.Linear(37, 29), nn.Tanh(), nn.Linear(29, 1)), torch.randn(1, 13)


def mlp_two_gelu() -> Made:
    return nn.Sequential(nn.Linear(6, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 2)), torch.randn(1, 6)


def sigmoid_head() -> Made:
    return nn.Sequential(nn.Linear(9, 31), nn.SiLU(), nn.Linear(31, 1), nn.Sigmoid()), torch.randn(1, 9)


def softmax_two() -> Made:
    return nn.Sequential(nn.Linear(11, 40), nn.ReLU(), nn.Linear(40, 2), nn.Softmax(dim=1)), torch.randn(1, 11)


def log_softmax_two() -> Made:
    return nn.Sequential(nn.Linear(11, 40), nn.ELU(), nn.Linear(40, 2), nn.LogSoftmax(dim=1)), torch.randn(1, 11)


def layer_norm_one() -> Made:
    return randomise_norms(nn.Sequential(nn.Linear(9, 33), nn.LayerNorm(33), nn.GELU(), nn.Linear(33, 1))), torch.randn(1, 9)


class Siamese(nn.Module):
    """The difference of two embeddings that are close: the result cancels."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 1))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return cast("Tensor", self.embed(a) - self.embed(b))


def siamese() -> Made:
    a = torch.randn(1, 10)
    return Siamese(), (a, a + 1e-3 * torch.randn(1, 10))


class Distance(nn.Module):
    """The distance of two embeddings."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 4 * 6, 8))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.sqrt(((self.embed(a) - self.embed(b)) ** 2).sum(dim=1))


def distance() -> Made:
    return Distance(), (torch.randn(1, 1, 6, 8), torch.randn(1, 1, 6, 8))


class Cosine(nn.Module):
    """Cosine similarity of two embeddings."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(10, 24)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return F.cosine_similarity(self.embed(a), self.embed(b))


def cosine() -> Made:
    return Cosine(), (torch.randn(1, 10), torch.randn(1, 10))


class Residual(nn.Module):
    """x + f(x) with a global mean at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(2, 6, 5, padding=2)
        self.norm = nn.BatchNorm1d(6)
        self.second = nn.Conv1d(6, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = x + self.second(torch.relu(self.norm(self.first(x))))
        return y.mean(dim=(1, 2))


def residual_mean() -> Made:
    return randomise_norms(Residual()), torch.randn(1, 2, 31)


FEW_OUTPUTS: Mapping[str, Callable[[], Made]] = {
    function.__name__: function
    for function in (
        conv_bn_linear, mlp_one, mlp_two_gelu, sigmoid_head, softmax_two, log_softmax_two, layer_norm_one, siamese, distance, cosine,
        residual_mean,
    )
}  # fmt: skip


# --- recurrence ------------------------------------------------------------------------------------------------------------


def rnn_100_steps() -> Made:
    return nn.RNN(7, 12, batch_first=True), torch.randn(1, 100, 7)


class ManualRnn(nn.Module):
    """100 steps of a gain above one, step by step: a chaotic network, whose rounding grows with each step."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(24, 24, bias=False)
        nn.init.normal_(self.inner.weight, std=0.6)
        self.head = nn.Linear(24, 1)

    def forward(self, x: Tensor) -> Tensor:
        state = x[:, 0]
        for step in range(1, 100):
            state = torch.tanh(self.inner(state) + x[:, step])
        return cast("Tensor", self.head(state))


def chaotic_rnn_100_steps() -> Made:
    return ManualRnn(), 0.3 * torch.randn(1, 100, 24)


def lstm_100_steps() -> Made:
    return nn.LSTM(5, 9, batch_first=True), torch.randn(2, 100, 5)


def gru_100_steps() -> Made:
    return nn.GRU(5, 9), torch.randn(100, 2, 5)


def lstm_two_layers() -> Made:
    return nn.LSTM(6, 8, num_layers=2, batch_first=True), torch.randn(3, 17, 6)


def bilstm() -> Made:
    return nn.LSTM(6, 8, bidirectional=True, batch_first=True), torch.randn(3, 17, 6)


def gru_two_layers_bidirectional() -> Made:
    return nn.GRU(6, 8, num_layers=2, bidirectional=True, batch_first=True), torch.randn(3, 17, 6)


class LstmClassifier(nn.Module):
    """The last step of an LSTM, classified."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 16, batch_first=True)
        self.head = nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        sequence, _ = self.lstm(x)
        return cast("Tensor", self.head(sequence[:, -1]))


def lstm_classifier() -> Made:
    return LstmClassifier(), torch.randn(2, 30, 4)


class LstmWithState(nn.Module):
    """An LSTM that is given its initial state and returns its last."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 6)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        sequence, (hidden, cell) = self.lstm(x, (h, c))
        return sequence, hidden, cell


def lstm_with_state() -> Made:
    return LstmWithState(), (torch.randn(11, 2, 4), torch.randn(1, 2, 6), torch.randn(1, 2, 6))


class LstmCellLoop(nn.Module):
    """nn.LSTMCell in a Python loop, from a state that is given."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(4, 6)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> Tensor:
        for step in range(10):
            h, c = self.cell(x[:, step], (h, c))
        return h


def lstm_cell_loop() -> Made:
    return LstmCellLoop(), (torch.randn(3, 10, 4), torch.randn(3, 6), torch.randn(3, 6))


RECURRENT: Mapping[str, Callable[[], Made]] = {
    function.__name__: function
    for function in (
        rnn_100_steps, chaotic_rnn_100_steps, lstm_100_steps, gru_100_steps, lstm_two_layers, bilstm, gru_two_layers_bidirectional,
        lstm_classifier, lstm_with_state, lstm_cell_loop,
    )
}  # fmt: skip


# --- structures --------------------------------------------------------------------------------------------------------------


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
        return cast("Tensor", F.interpolate(self.leave(mixed), size=(20, 30), mode="nearest"))


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


class Repeated(nn.Module):
    """One module called three times."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Linear(9, 9), nn.Tanh())
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.block(x))
        y = self.relu(self.block(y) + x)
        return cast("Tensor", self.relu(self.block(y)))


def repeated() -> Made:
    return Repeated(), torch.randn(2, 9)


class Nested(nn.Module):
    """Keyword inputs in, a dict with a tuple out."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(5, 6), nn.Linear(7, 6)

    def forward(self, image: Tensor, extra: Tensor) -> dict[str, Any]:
        a, b = self.left(image), self.right(extra)
        return {"sum": a + b, "pair": (a.relu(), b.sigmoid())}


def nested() -> Made:
    return Nested(), {"image": torch.randn(2, 5), "extra": torch.randn(2, 7)}


class TiedEmbedding(nn.Module):
    """Integer inputs; the embedding's weight is the head's weight too."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(23, 12)
        self.inner = nn.Linear(12, 12)
        self.head = nn.Linear(12, 23, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> Tensor:
        return cast("Tensor", self.head(torch.relu(self.inner(self.embedding(tokens)))))


def tied_embedding() -> Made:
    return TiedEmbedding(), torch.randint(0, 23, (2, 7))


class TiedLinear(nn.Module):
    """Two Linear layers that share weight and bias."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 8)
        self.second.weight, self.second.bias = self.first.weight, self.first.bias

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", self.second(torch.relu(self.first(x))))


def tied_linear() -> Made:
    return TiedLinear(), torch.randn(3, 8)


class PassThrough(nn.Module):
    """One output is the input itself, one is a constant."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)
        self.scale = nn.Parameter(torch.randn(3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.linear(x) * self.scale, x


def passed_through() -> Made:
    return PassThrough(), torch.randn(2, 4)


class ConstantOutput(nn.Module):
    """One output does not depend on the input."""

    anchors: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)
        self.register_buffer("anchors", torch.arange(5.0))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.linear(x), self.anchors * 2.0


def constant_output() -> Made:
    return ConstantOutput(), torch.randn(2, 4)


def dropouts() -> Made:
    return nn.Sequential(nn.Linear(6, 20), nn.Dropout(0.5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(20, 4), nn.Dropout(0.1)), torch.randn(3, 6)


class InPlace(nn.Module):
    """Overwrites its own input."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x.mul_(2.0).add_(1.0)
        y = F.relu(self.linear(x), inplace=True)
        y += 0.5
        return cast("Tensor", y)


def in_place() -> Made:
    return InPlace(), torch.randn(3, 6)


class NonPersistent(nn.Module):
    """A buffer that no state_dict holds."""

    offset: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 5)
        self.register_buffer("offset", torch.randn(5), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", torch.tanh(self.linear(x) + self.offset))


def non_persistent_buffer() -> Made:
    return NonPersistent(), torch.randn(3, 6)


class Keywords(nn.Module):
    """Modules named like MATLAB keywords and like nothing MATLAB accepts."""

    def __init__(self) -> None:
        super().__init__()
        self.add_module("end", nn.Linear(6, 7))
        self.add_module("function", nn.ReLU())
        self.add_module("ans", nn.Linear(7, 8))
        self.add_module("_1st", nn.Linear(8, 3))
        self.add_module("größe", nn.Linear(3, 2))

    def forward(self, x: Tensor) -> Tensor:
        for module in self.children():
            x = module(x)
        return x


def matlab_keywords() -> Made:
    return Keywords(), torch.randn(3, 6)


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
    model = nn.Sequential(nn.Conv3d(2, 4, (3, 3, 2), padding=1), nn.BatchNorm3d(4), nn.ReLU(), nn.MaxPool3d(2), nn.AdaptiveAvgPool3d(1), nn.Flatten())
    return randomise_norms(model), torch.randn(2, 2, 6, 8, 10)


def pads_and_pools() -> Made:
    model = nn.Sequential(
        nn.ReflectionPad2d((1, 2, 3, 0)), nn.Conv2d(3, 4, (3, 5), stride=(2, 1), padding=(0, 2), bias=False), nn.InstanceNorm2d(4, affine=True),
        nn.ZeroPad2d((1, 0, 0, 2)), nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), nn.PReLU(4), nn.MaxPool2d(3, stride=1, padding=1),
        nn.PixelShuffle(2), nn.Softplus(),
    )  # fmt: skip
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
            return (self.linear(x) ** 2).sum()

    return Scalar(), torch.randn(2, 6)


def einsum_bmm() -> Made:
    class Bilinear(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(5, 6, 7))

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return torch.einsum("ni,oij,nj->no", a, self.weight, b) + torch.bmm(a[:, None, :5], b[:, :5, None])[:, 0]

    return Bilinear(), (torch.randn(3, 6), torch.randn(3, 7))


STRUCTURES: Mapping[str, Callable[[], Made]] = {
    function.__name__: function
    for function in (
        multihead_attention, transformer_encoder_layer, transformer_encoder, unet, splits, choices, repeated, nested, tied_embedding, tied_linear,
        passed_through, constant_output, dropouts, in_place, non_persistent_buffer, matlab_keywords, conv_1d, conv_3d, pads_and_pools,
        embedding_bag_of_means, squared_sum_to_scalar, einsum_bmm,
    )
}  # fmt: skip

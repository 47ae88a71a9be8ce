"""Layers read from an export's weights.mat compute what PyTorch recorded: the settings' names and forms are the real ones."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from suspects import suspect
from torch import Tensor, nn
from torch.nn import functional

import xverify
from xverify.bundle.bundle import Bundle
from xverify.diagnosis.kernels.read_convolution import convolution_of, transposed_convolution_of
from xverify.diagnosis.kernels.read_linear import linear_of
from xverify.diagnosis.kernels.read_normalization import normalization_of
from xverify.diagnosis.kernels.read_pooling import pooling_of
from xverify.diagnosis.kernels.read_recurrent import recurrent_of
from xverify.diagnosis.kernels.read_resize import resize_of
from xverify.diagnosis.steps import Steps
from xverify.diagnosis.suspect import Suspect

READERS: tuple[Callable[[Suspect], Any], ...] = (
    convolution_of, transposed_convolution_of, linear_of, normalization_of, pooling_of, resize_of,
)  # fmt: skip


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv2d(3, 8, (3, 5), stride=(1, 2), padding=(1, 0))
        self.grouped = nn.Conv2d(8, 8, 3, groups=4, padding=1, dilation=1)
        self.norm = nn.BatchNorm2d(8)
        self.up = nn.ConvTranspose2d(8, 6, 3, stride=2, output_padding=1)
        self.up_grouped = nn.ConvTranspose2d(6, 6, 3, groups=2, padding=1)
        self.group = nn.GroupNorm(3, 6)
        self.instance = nn.InstanceNorm2d(6, affine=True)
        self.plain_instance = nn.InstanceNorm2d(6)
        self.same = nn.Conv2d(6, 6, 3, padding="same", dilation=2, bias=False)
        self.average = nn.AvgPool2d(3, 2, 1, count_include_pad=False)
        self.largest = nn.MaxPool2d(3, 2, 1, ceil_mode=True)
        self.volume = nn.Conv3d(1, 2, 2)
        self.line = nn.Conv1d(6, 4, 3)
        self.grouped_line = nn.Conv1d(4, 4, 3, groups=2)
        self.up_line = nn.ConvTranspose1d(4, 4, 3)
        self.whole_norm = nn.LayerNorm([4, 12])
        self.features = nn.Linear(12, 10)
        self.square = nn.Linear(10, 10, bias=False)
        self.plain_norm = nn.BatchNorm1d(4, affine=False)
        self.rows = nn.LayerNorm(10)
        self.lstm = nn.LSTM(10, 4, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(8, 5, bidirectional=True)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        x = self.norm(self.grouped(self.wide(x)))
        x = self.plain_instance(self.instance(self.group(self.up_grouped(self.up(x)))))
        x = self.largest(self.average(self.same(x)))
        doubled = functional.interpolate(x, scale_factor=2, mode="bilinear")
        half_more = functional.interpolate(doubled, scale_factor=1.5, mode="nearest")
        cornered = functional.interpolate(half_more, size=(7, 9), mode="bilinear", align_corners=True)
        cubic = functional.interpolate(cornered, size=(5, 16), mode="bicubic")
        volume = self.volume(cubic[:, None, :3])
        y = self.up_line(self.grouped_line(self.line(cubic[:, :, 0])))
        y = self.square(self.features(self.whole_norm(y[..., :12])))
        y = self.rows(self.plain_norm(y))
        sequence, (hidden, cell) = self.lstm(y)
        turned, last = self.gru(sequence)
        return volume, hidden, cell, turned, last


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    torch.manual_seed(0)
    net = Net()
    net(torch.randn(2, 3, 12, 17))
    return xverify.export(net.eval(), torch.randn(2, 3, 12, 17), tmp_path_factory.mktemp("net") / "net", name="net")


def test_each_layer_computes_what_was_recorded(bundle: Bundle) -> None:
    steps, recognised = Steps(bundle), set()
    for layer in bundle.manifest.layers:
        step = steps.of(layer)
        recorded = {item.id: item for item in bundle.manifest.inputs} | bundle.layers
        inputs = [bundle.reference(recorded[name]) for name in steps.inputs(layer) if name in recorded]
        value = bundle.reference(layer)
        if step is None or not inputs or value.dtype.kind != "f":
            continue
        subject = replace(suspect(value, value, *inputs), step=step)
        recurrent = recurrent_of(subject)
        found = [recurrent(inputs)] if recurrent else [made(inputs[0]) for read in READERS if (made := read(subject))]
        for item in found:
            np.testing.assert_allclose(item, value, rtol=1e-4, atol=2e-5, err_msg=layer.id)
            recognised.add(layer.module_path or layer.operation)
    resized = {"upsample_bilinear2d", "upsample_nearest2d", "upsample_bicubic2d"}
    assert recognised == {name for name, _ in Net().named_children()} | resized

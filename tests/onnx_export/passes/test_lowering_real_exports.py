"""Networks as torch.onnx.export writes them, lowered: every value that has PyTorch's name keeps it, and its value."""

import re
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import onnx
import onnx_ir as ir
import pytest
import torch
import torch.nn.functional as F
from handmade_graphs import Array
from lowered_graphs import lower, run_on
from torch import Tensor, nn

from xverify.onnx_export.passes.fold_constants import fold_constants
from xverify.onnx_export.passes.lowering import LOWERING


class Images(nn.Module):
    """What older opsets write otherwise, on images."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, (3, 2), bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.group = nn.GroupNorm(2, 8)
        self.excite = nn.Sequential(nn.Conv2d(8, 8, 1), nn.Hardsigmoid())

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        y = F.hardswish(self.norm(self.conv(image)))
        y = y * self.excite(y.mean((2, 3), keepdim=True))
        first, second, third = torch.chunk(self.group(y), 3, dim=1)
        bilinear = F.interpolate(F.gelu(first), scale_factor=(2.0, 1.5), mode="bilinear")
        nearest = F.interpolate(F.mish(second), size=(11, 6))
        padded = F.pad(F.avg_pool2d(F.silu(third), 2), (1, 2, 0, 1), mode="reflect")
        return bilinear, nearest.amax((1, 3)), padded


class Tokens(nn.Module):
    """What older opsets write otherwise, on sequences."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm((6, 5))
        self.lstm = nn.LSTM(5, 4, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(8, 3, batch_first=True)
        self.last = nn.LayerNorm(3, bias=False)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        y = F.gelu(self.norm(tokens), approximate="tanh")
        y, _ = self.gru(self.lstm(y)[0])
        y = self.last(y)
        return y.sum(1), torch.logsumexp(y, (1, 2)) + y.square().mean((1, 2))


SHAPES: Mapping[Callable[[], nn.Module], tuple[int, ...]] = {Images: (2, 3, 9, 8), Tokens: (2, 6, 5)}


@cache
def exported(make: Callable[[], nn.Module]) -> tuple[onnx.ModelProto, dict[str, Array]]:
    """The raw model, and an input. Normalisations have statistics and weights that do something."""
    torch.manual_seed(5)
    model = make()
    for parameter in model.parameters():
        nn.init.normal_(parameter, 0.1, 0.7)
    x = torch.randn(SHAPES[make])
    model(x)
    program = torch.onnx.export(model.eval(), (x,), dynamo=True, optimize=False, verbose=False)
    assert program is not None
    return ir.to_proto(program.model), {program.model.graph.inputs[0].name or "": x.numpy()}


def with_outputs(proto: onnx.ModelProto, names: list[str]) -> onnx.ModelProto:
    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    known = {item.name: item for item in [*copy.graph.value_info, *copy.graph.output]}
    del copy.graph.output[:]
    copy.graph.output.extend(known.get(name) or onnx.ValueInfoProto(name=name) for name in names)
    return copy


@pytest.mark.parametrize(("make", "least"), [(Images, 19), (Tokens, 10)])
@pytest.mark.parametrize("opset", [20, 17, 13])
def test_values_keep_their_names_and_sizes(make: Callable[[], nn.Module], least: int, opset: int) -> None:
    raw, feeds = exported(make)
    model = ir.from_proto(raw)
    tensors = [v for node in model.graph for v in node.outputs if node.op_type != "SplitToSequence"]
    fx = [value.name or "" for value in tensors if not re.fullmatch(r"val_\d+.*", value.name or "")]
    forms = ("HardSwish", "HardSigmoid") if opset == 17 else ()
    lower(model, fold_constants, *LOWERING, opset=opset, decompose=forms, layers=fx)
    after = ir.to_proto(model)
    onnx.checker.check_model(after, full_check=True)
    assert (after.opset_import[0].version, after.ir_version) == (opset, 8)
    present = {name for node in after.graph.node for name in node.output}
    layers = [name for name in fx if name in present]
    assert len(layers) >= least
    before = run_on(with_outputs(raw, layers), feeds)
    for name, actual, expected in zip(layers, run_on(with_outputs(after, layers), feeds), before, strict=True):
        tolerance = 2e-6 * max(float(np.abs(expected).max()), 1)
        np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance, err_msg=name, strict=True)


def test_lowering_to_the_same_opset_changes_nothing_but_the_versions() -> None:
    raw, feeds = exported(Tokens)
    model = ir.from_proto(raw)
    lower(model, fold_constants, layers=[])
    before = [node.op_type for node in model.graph]
    lower(model, opset=20)
    assert [node.op_type for node in model.graph] == before
    for one, other in zip(run_on(ir.to_proto(model), feeds), run_on(raw, feeds), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)

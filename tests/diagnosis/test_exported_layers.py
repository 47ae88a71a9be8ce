"""Layers as a real export describes them: their operations, settings and inputs are those that the hypotheses look for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from suspects import kinds
from torch import Tensor, nn
from torch.nn import functional as F

import xverify
from xverify.bundle.bundle import Bundle
from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.kernels.activations import FAMILIES, own
from xverify.diagnosis.kernels.elementwise import operands
from xverify.diagnosis.kernels.movement import recomputation
from xverify.diagnosis.steps import Steps
from xverify.diagnosis.suspect import Suspect

X, Y = (torch.rand(2, 3, 6, 6, generator=torch.Generator().manual_seed(seed)) * 4 - 1.5 for seed in (0, 1))

Function = Callable[[Tensor, Tensor], Tensor]

LAYERS: dict[str, tuple[Function, Function, str]] = {
    "gelu": (lambda x, y: F.gelu(x), lambda x, y: F.gelu(x, approximate="tanh"), "activation variant"),
    "leaky": (lambda x, y: F.leaky_relu(x, 0.1), lambda x, y: F.leaky_relu(x), "activation variant"),
    "elu": (lambda x, y: F.elu(x, 0.7), lambda x, y: F.elu(F.elu(x, 0.7), 0.7), "activation doubled"),
    "silu": (lambda x, y: F.silu(x), lambda x, y: x, "activation missing"),
    "hardswish": (lambda x, y: F.hardswish(x), lambda x, y: F.silu(x), "activation variant"),
    "hardsigmoid": (lambda x, y: F.hardsigmoid(x), lambda x, y: (0.2 * x + 0.5).clamp(0, 1), "activation variant"),
    "relu6": (lambda x, y: F.relu6(x), lambda x, y: x, "activation missing"),
    "clamp": (lambda x, y: x.clamp(0, 2), lambda x, y: x.clamp(0), "activation variant"),
    "softplus": (lambda x, y: F.softplus(x), lambda x, y: F.relu(x), "another activation"),
    "mish": (lambda x, y: F.mish(x), lambda x, y: F.mish(F.mish(x)), "activation doubled"),
    "softmax": (lambda x, y: F.softmax(x, 1), lambda x, y: F.log_softmax(x, 1), "log-softmax"),
    "log_softmax": (lambda x, y: F.log_softmax(x, 1), lambda x, y: F.log_softmax(x, 3), "softmax axis"),
    "sub": (lambda x, y: x - y, lambda x, y: y - x, "operands exchanged"),
    "add": (lambda x, y: x + y, lambda x, y: x, "operand missing"),
    "constant": (lambda x, y: 3 - x, lambda x, y: x - 3, "operands exchanged"),
    "cat": (lambda x, y: torch.cat([x, y], 1), lambda x, y: torch.cat([y, x], 1), "concatenation order"),
    "mean": (lambda x, y: x.mean(2), lambda x, y: x.mean(3), "reduction axis"),
    "global": (lambda x, y: F.adaptive_avg_pool2d(x, 1), lambda x, y: F.adaptive_max_pool2d(x, 1), "reduction"),
    "var": (lambda x, y: x.var(1), lambda x, y: x.var(1, correction=0), "reduction"),
    "view": (lambda x, y: x.reshape(2, 9, 12), lambda x, y: x.transpose(2, 3).reshape(2, 9, 12), "reshape order"),
    "flatten": (lambda x, y: x.flatten(1), lambda x, y: x.flip(1).flatten(1), "input channels reversed"),
    "permute": (lambda x, y: x.permute(0, 2, 3, 1), lambda x, y: x.permute(0, 3, 2, 1), "axes permuted"),
    "slice": (lambda x, y: x[:, :, 1:4], lambda x, y: x[:, :, 2:5], "slice offset"),
}
"""Layer -> PyTorch's function, the other side's, and what the fault is called."""


class _Network(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        return tuple(right(x, y) for right, _, _ in LAYERS.values())


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return xverify.export(_Network(), (X, Y), tmp_path_factory.mktemp("layers") / "net")


@pytest.mark.parametrize("name", LAYERS)
def test_the_fault_is_found_first(bundle: Bundle, name: str) -> None:
    _, wrong, kind = LAYERS[name]
    assert kinds(_suspect(bundle, name, wrong(X, Y).numpy()), ACTIVATION_HYPOTHESES)[0] == kind


@pytest.mark.parametrize("name", LAYERS)
def test_pytorchs_value_is_what_is_computed_from_the_inputs(bundle: Bundle, name: str) -> None:
    subject = _suspect(bundle, name, LAYERS[name][1](X, Y).numpy())
    operation = subject.layer.operation
    if operation in FAMILIES:
        assert own(subject) or operation == "clamp"
    if operation in {"add", "sub"}:
        assert operands(subject)
    if operation in {"cat", "view", "permute"}:
        assert recomputation(subject)


def _suspect(bundle: Bundle, name: str, found: NDArray[Any]) -> Suspect:
    output = bundle.manifest.outputs[list(LAYERS).index(name)]
    layer = bundle.layers[output.layer]
    recorded: dict[str, Any] = {item.id: item for item in bundle.manifest.inputs} | bundle.layers
    steps = Steps(bundle)
    return Suspect(
        layer=layer,
        actual=np.asarray(found),
        expected=bundle.reference(layer),
        inputs=tuple(bundle.reference(recorded[item]) for item in layer.inputs),
        step=steps.of(layer),
        allowed=layer.tolerance.local,
        alone=True,
    )

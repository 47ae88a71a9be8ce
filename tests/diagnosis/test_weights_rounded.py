"""Weights, or weights and inputs, in a smaller type."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from layer_suspects import changed, faulty, seeded
from suspects import fitting, kinds, random
from torch import Tensor, nn

from xverify.diagnosis.weights_rounded import weights_rounded

LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "convolution": (lambda: nn.Conv2d(8, 6, 3, padding=1), (2, 8, 7, 9)),
    "grouped": (lambda: nn.Conv2d(8, 8, 3, groups=4), (2, 8, 7, 9)),
    "transposed": (lambda: nn.ConvTranspose2d(8, 6, 3, stride=2), (2, 8, 7, 9)),
    "linear": (lambda: nn.Linear(32, 10), (5, 32)),
}


def int8(weight: Tensor, axes: tuple[int, ...]) -> Tensor:
    scale = weight.abs().amax(axes, keepdim=True) / 127
    return torch.fake_quantize_per_tensor_affine(weight / scale, 1.0, 0, -127, 127) * scale


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
def test_half_precision(make: Any, shape: tuple[int, ...], dtype: torch.dtype) -> None:
    module = seeded(make)
    name = str(dtype).removeprefix("torch.")
    weight, bias = module.weight.to(dtype).float(), module.bias.to(dtype).float()
    for wrong in (changed(module, weight=weight), changed(module, weight=weight, bias=bias)):
        (found,) = fitting(faulty(module, wrong, random(*shape)), [weights_rounded])
        assert found.kind == f"weights in {name}"

    def computed(value: Tensor) -> Any:
        return changed(module, weight=weight)(value.to(dtype).float())

    # float16 and TF32 have the same significand: only very small and very large numbers could tell them apart.
    also = ["TF32"] if name == "float16" else []
    assert kinds(faulty(module, computed, random(*shape)), [weights_rounded]) == [*also, f"computed in {name}"]


@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
def test_integers(make: Any, shape: tuple[int, ...], each: bool) -> None:
    module = seeded(make)
    outputs = 1 if isinstance(module, nn.ConvTranspose2d) else 0
    axes = tuple(axis for axis in range(module.weight.dim()) if not each or axis != outputs)
    wrong = changed(module, weight=int8(module.weight, axes))
    (found,) = fitting(faulty(module, wrong, random(*shape)), [weights_rounded])
    assert found.kind == "weights in int8"
    assert ("each output channel" in found.statement) == each


@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
def test_other_faults_are_not_blamed_on_it(make: Any, shape: tuple[int, ...]) -> None:
    module = seeded(make)
    for wrong in (
        changed(module, weight=module.weight * 1.01),
        changed(module, bias=module.bias * 2),
        changed(module, weight=module.weight + 1e-3 * torch.randn_like(module.weight)),
    ):
        assert kinds(faulty(module, wrong, random(*shape)), [weights_rounded]) == []

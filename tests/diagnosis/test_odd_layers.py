"""Layers that no hypothesis may stumble over: without inputs, without elements, of one number, of integers, full of NaN."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_runtime import FakeRuntime
from handmade_bundles import handmade
from layer_suspects import faulty, seeded
from numpy.typing import NDArray
from suspects import Made, random, suspect
from torch import Tensor, nn

from xverify.comparison.compare import compare_bundle
from xverify.comparison.evidence import Evidence
from xverify.comparison.results import Cause
from xverify.diagnosis.diagnose import diagnose
from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.steps import Steps
from xverify.diagnosis.suspect import Suspect
from xverify.diagnosis.table import HYPOTHESES

Array = NDArray[Any]

MODULES: dict[str, tuple[Callable[[], nn.Module], Tensor]] = {
    "convolution": (lambda: nn.Conv2d(3, 4, 3, padding=1), random(2, 3, 5, 6)),
    "transposed": (lambda: nn.ConvTranspose2d(3, 4, 3), random(2, 3, 5, 6)),
    "linear": (lambda: nn.Linear(6, 5), random(3, 6)),
    "batch norm": (lambda: nn.BatchNorm2d(3), random(2, 3, 5, 6)),
    "layer norm": (lambda: nn.LayerNorm(6), random(2, 3, 6)),
    "group norm": (lambda: nn.GroupNorm(2, 4), random(2, 4, 5, 6)),
    "pooling": (lambda: nn.MaxPool2d(2), random(2, 3, 6, 8)),
    "average": (lambda: nn.AvgPool2d(3, padding=1), random(2, 3, 6, 8)),
    "resize": (lambda: nn.Upsample(scale_factor=2, mode="bilinear"), random(2, 3, 4, 5)),
    "LSTM": (lambda: nn.LSTM(4, 5, batch_first=True), random(2, 6, 4)),
    "GRU": (lambda: nn.GRU(4, 5, bidirectional=True), random(6, 2, 4)),
}

ODD: dict[str, Callable[[Array], Array]] = {
    "NaN everywhere": lambda value: np.full_like(value, np.nan),
    "Inf everywhere": lambda value: np.full_like(value, np.inf),
    "zero": np.zeros_like,
    "huge": lambda value: np.full_like(value, 3e38),
    "double": lambda value: value.astype(np.float64) * 2,
    "integers": lambda value: value.astype(np.int32),
    "booleans": lambda value: value > 0,
    "flat": np.ravel,
    "one number": lambda value: value.ravel()[0],
    "empty": lambda value: value[:0],
    "an axis more": lambda value: value[..., None],
}


def worked_out(subject: Suspect) -> list[Explanation]:
    with np.errstate(all="ignore"):
        return [item for hypothesis in HYPOTHESES for item in hypothesis(subject)]


def module_and_input(name: str) -> tuple[nn.Module, Tensor]:
    make, value = MODULES[name]
    module: nn.Module = seeded(make)
    return module, value


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("odd", ODD)
def test_odd_values_of_a_layer_with_parameters(name: str, odd: str) -> None:
    module, value = module_and_input(name)
    subject = faulty(module, module, value)
    subject = replace(subject, actual=np.asarray(ODD[odd](subject.actual)))
    assert all(isinstance(item, Explanation) for item in worked_out(subject))


@pytest.mark.parametrize("name", MODULES)
def test_a_layer_whose_inputs_or_parameters_are_not_there(name: str) -> None:
    module, value = module_and_input(name)

    def doubled(given: Tensor) -> Any:
        found = module(given)
        return (2 * found[0], *found[1:]) if isinstance(found, tuple) else 2 * found

    subject = faulty(module, doubled, value)
    assert subject.step is not None
    bare = replace(subject.step, parameters={}, names={}, stored={}, constants={}, settings={})
    for other in (replace(subject, inputs=()), replace(subject, step=None), replace(subject, step=bare)):
        assert "scale" in {item.kind for item in worked_out(other)}, "what needs the values alone is still found"


@pytest.mark.parametrize(
    "operation", ["add", "cat", "mean", "relu", "gelu", "softmax", "view", "permute", "slice", "argmax"]
)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1,), (1, 1), (3, 1, 2)])
@pytest.mark.parametrize("dtype", ["float32", "int64", "int32", "bool", "uint8"])
def test_odd_shapes_and_types(operation: str, shape: Sequence[int], dtype: str) -> None:
    right = (np.arange(int(np.prod(shape))) % 3).reshape(shape).astype(dtype)
    for wrong in (
        right,
        ~right if dtype == "bool" else right + np.asarray(1, dtype),
        np.zeros_like(right),
        right.ravel(),
    ):
        for inputs in ((), (right,), (right, right)):
            worked_out(suspect(wrong, right, *inputs, made=Made(operation)))


def diagnosed(folder: Path, right: Array, wrong: Array) -> tuple[Cause, ...]:
    bundle = handmade(folder / "net", {"layer": right})
    evidence, values = Evidence(), {"layer": wrong}
    comparison = compare_bundle(bundle, FakeRuntime(values, values), evidence=evidence)
    assert not comparison.passed
    return diagnose(bundle, comparison, evidence)


@pytest.fixture
def without_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Steps, "of", lambda *_: None)
    monkeypatch.setattr(Steps, "inputs", lambda *_: ())


@pytest.mark.usefixtures("without_weights")
@pytest.mark.parametrize(
    ("right", "wrong", "kind"),
    [
        (np.array(2, np.float32), np.array(0, np.float32), "dead output"),
        (np.array([3, 4, 5, 6], np.float32), np.full(4, np.nan, np.float32), "NaN or Inf"),
        (np.float32(random(2, 5).numpy()), np.full((2, 5), np.nan, np.float32), "NaN or Inf"),
        (np.arange(12).reshape(3, 4), np.arange(12).reshape(3, 4)[::-1], "axis reversed"),
        (np.arange(12).reshape(3, 4) % 3 == 0, (np.arange(12).reshape(3, 4) % 3 == 0)[:, ::-1], "axis reversed"),
    ],
    ids=["scalar", "NaN", "NaN image", "integers", "booleans"],
)
def test_what_is_said_of_them(tmp_path: Path, right: Array, wrong: Array, kind: str) -> None:
    (cause,) = diagnosed(tmp_path, right, np.ascontiguousarray(wrong).reshape(wrong.shape))
    assert cause.kind == kind


@pytest.mark.usefixtures("without_weights")
def test_one_wrong_number_has_no_cause(tmp_path: Path) -> None:
    assert diagnosed(tmp_path, np.array(2, np.float32), np.array(3.7, np.float32)) == ()

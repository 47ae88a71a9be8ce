"""Layers that only pad."""

from typing import Any

import numpy as np
import pytest
from suspects import Made, fitting, kinds, random, suspect
from torch.nn import functional

from xverify.diagnosis.pad_layer import pad_layer
from xverify.diagnosis.suspect import Suspect

IMAGE = random(2, 3, 6, 7)


def padding(actual: Any, amounts: tuple[int, ...], mode: str = "constant", value: float = 0.0) -> Suspect:
    """A suspect that should pad by these amounts (left, right, top, bottom)."""
    left, right, top, bottom = amounts
    pads = np.array([0, 0, top, left, 0, 0, bottom, right])
    constants = {1: pads} | ({2: np.array([value], np.float32)} if mode == "constant" else {})
    onnx = {"replicate": "edge", "circular": "wrap"}.get(mode, mode)
    expected = functional.pad(IMAGE, amounts, mode, value if mode == "constant" else None)
    made = Made(op="Pad", settings={"mode": onnx}, constants=constants)
    return suspect(actual, expected, IMAGE, made=made)


@pytest.mark.parametrize("mode", ["replicate", "reflect", "circular"])
def test_another_mode(mode: str) -> None:
    amounts = (1, 2, 2, 1)
    subject = padding(functional.pad(IMAGE, amounts, mode), amounts)
    assert kinds(subject, [pad_layer]) == ["padding mode"]
    back = padding(functional.pad(IMAGE, amounts), amounts, mode)
    (found,) = fitting(back, [pad_layer])
    assert found.kind == "padding value"
    assert found.statement.startswith("The padding holds 0 instead of")


def test_another_number() -> None:
    (found,) = fitting(padding(functional.pad(IMAGE, (1, 2, 2, 1), value=0.25), (1, 2, 2, 1), value=3.0), [pad_layer])
    assert found.statement == "The padding holds 0.25 instead of 3."


def test_amounts_exchanged() -> None:
    ends = padding(functional.pad(IMAGE, (2, 1, 0, 3)), (1, 2, 3, 0))
    assert [item.statement for item in fitting(ends, [pad_layer])] == ["The amounts in front and behind are exchanged."]
    axes = padding(functional.pad(IMAGE, (2, 2, 1, 1)), (1, 1, 2, 2))
    assert not axes.same_shape
    assert kinds(axes, [pad_layer]) == ["padding amounts"]


def test_other_faults_are_not_blamed_on_it() -> None:
    right = functional.pad(IMAGE, (1, 2, 2, 1))
    for wrong in (right + 1, right * 1.1, right.flip(2)):
        assert kinds(padding(wrong, (1, 2, 2, 1)), [pad_layer]) == []

"""Sequences that are read otherwise."""

from typing import Any

import pytest
import torch
from layer_suspects import faulty, seeded
from suspects import fitting, kinds, random
from torch import Tensor, nn

from xverify.diagnosis.recurrent_layout import recurrent_layout

VALUE = random(3, 7, 5)


def layer(kind: Any = nn.LSTM, **settings: Any) -> Any:
    return seeded(lambda: kind(5, 4, **{"batch_first": True, **settings}))


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("first", [True, False])
def test_time_reversed(kind: Any, first: bool) -> None:
    module, time = layer(kind, batch_first=first), 1 if first else 0
    for wrong in (
        lambda value: module(value.flip(time)),
        lambda value: (module(value.flip(time))[0].flip(time), value),
        lambda value: (module(value)[0].flip(time), value),
    ):
        assert kinds(faulty(module, wrong, VALUE), [recurrent_layout]) == ["time reversed"]
    last = faulty(module, lambda value: module(value.flip(time)), VALUE, output=1)
    assert kinds(last, [recurrent_layout]) == ["time reversed"]


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_batch_and_time(kind: Any) -> None:
    module = layer(kind)
    other = layer(kind, batch_first=False)
    assert kinds(faulty(module, other, VALUE), [recurrent_layout]) == ["batch and time exchanged"]


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_directions(kind: Any) -> None:
    module = layer(kind, bidirectional=True)
    exchanged = layer(kind, bidirectional=True)
    alike = layer(kind, bidirectional=True)
    for name, value in module.named_parameters():
        other = name.removesuffix("_reverse") if name.endswith("_reverse") else f"{name}_reverse"
        getattr(exchanged, other).data = value.data
        if name.endswith("_reverse"):
            getattr(alike, name).data = getattr(module, other).data

    def halves(value: Tensor) -> Any:
        forward, backward = module(value)[0].chunk(2, -1)
        return torch.cat([backward, forward], -1), value

    def unturned(value: Tensor) -> Any:
        forward, backward = module(value)[0].chunk(2, -1)
        return torch.cat([forward, backward.flip(1)], -1), value

    assert kinds(faulty(module, exchanged, VALUE), [recurrent_layout]) == ["directions exchanged"]
    assert kinds(faulty(module, halves, VALUE), [recurrent_layout]) == ["directions exchanged"]
    assert kinds(faulty(module, alike, VALUE), [recurrent_layout]) == ["directions alike"]
    assert kinds(faulty(module, unturned, VALUE), [recurrent_layout]) == ["time reversed"]


def test_states() -> None:
    module = layer()
    states = random(1, 3, 4, seed=5), random(1, 3, 4, seed=6)
    subject = faulty(module, lambda value, *_: module(value), VALUE, *states)
    assert kinds(subject, [recurrent_layout]) == ["initial states ignored"]

    def exchanged(value: Tensor) -> Any:
        sequence, (hidden, cell) = module(value)
        return sequence, (cell, hidden)

    for output in (1, 2):
        assert kinds(faulty(module, exchanged, VALUE, output=output), [recurrent_layout]) == ["states exchanged"]


def test_other_faults_are_not_blamed_on_it() -> None:
    module = layer()
    for wrong in (
        lambda value: module(value * 2),
        lambda value: (module(value)[0] + 0.1, value),
        layer(nn.GRU),
    ):
        assert kinds(faulty(module, wrong, VALUE), [recurrent_layout]) == []


@pytest.mark.parametrize(("kind", "output"), [(nn.LSTM, 1), (nn.LSTM, 2), (nn.GRU, 1)])
def test_last_states_in_another_order(kind: Any, output: int) -> None:
    module = layer(kind, num_layers=2, bidirectional=True)

    def wrong(value: Tensor) -> Any:
        sequence, last = module(value)
        return sequence, tuple(item[[2, 3, 0, 1]] for item in last) if kind is nn.LSTM else last[[2, 3, 0, 1]]

    (found,) = fitting(faulty(module, wrong, VALUE, output=output), [recurrent_layout])
    assert found.kind == "order of states"
    assert "layer 2, layer 2 backwards, layer 1, layer 1 backwards" in found.statement

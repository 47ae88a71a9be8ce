"""Cases of the layers for sequences: recurrent ones, attention, embedding."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from layer_case import Array, Case, Parameters, make, random
from torch import Tensor, nn
from torch.func import functional_call


@dataclass(frozen=True)
class Recurrent:
    """The settings of one nn.LSTM or nn.GRU, and how it is called."""

    num_layers: int = 1
    bias: bool = True
    batch_first: bool = False
    bidirectional: bool = False
    observations: int = 3
    """0: an input without the axis of observations."""
    given: bool = False
    """Whether it is given its initial states."""
    elements: tuple[int, ...] = ()
    """Which results the step has; () for all, without the attribute."""
    steps: int = 5
    hidden: int = 4

    def module(self, kind: type[nn.LSTM] | type[nn.GRU]) -> nn.LSTM | nn.GRU:
        """The PyTorch module."""
        return kind(
            3,
            self.hidden,
            self.num_layers,
            bias=self.bias,
            batch_first=self.batch_first,
            bidirectional=self.bidirectional,
        )

    def inputs(self, states: int) -> list[Tensor]:
        """The sequence and, if they are given, the initial states."""
        batch = (self.observations,) if self.observations else ()
        shape = (*batch, self.steps, 3) if self.batch_first and batch else (self.steps, *batch, 3)
        cells = self.num_layers * (2 if self.bidirectional else 1)
        return [random(*shape), *(random(cells, *batch, self.hidden) for _ in range(states if self.given else 0))]


ONE_DIRECTION = (
    Recurrent(),
    Recurrent(bias=False),
    Recurrent(batch_first=True),
    Recurrent(batch_first=True, observations=1),
    Recurrent(observations=1, steps=1),
    Recurrent(hidden=1),
    Recurrent(given=True),
    Recurrent(given=True, batch_first=True, num_layers=2),
    Recurrent(num_layers=3, bias=False),
    Recurrent(observations=0),
    Recurrent(observations=0, batch_first=True, given=True, num_layers=2),
    Recurrent(elements=(0,)),
    Recurrent(elements=(1,), num_layers=2),
    Recurrent(elements=(0, 1), given=True),
    Recurrent(steps=100, batch_first=True),
)

BOTH_DIRECTIONS = (
    Recurrent(bidirectional=True),
    Recurrent(bidirectional=True, batch_first=True, observations=1),
    Recurrent(bidirectional=True, bias=False, given=True),
    Recurrent(bidirectional=True, num_layers=2, batch_first=True, given=True),
    Recurrent(bidirectional=True, num_layers=2, observations=0),
    Recurrent(bidirectional=True, observations=0, given=True),
    Recurrent(bidirectional=True, elements=(1,)),
)

LSTM_ELEMENTS = tuple(Recurrent(elements=elements, given=True) for elements in ((1, 2), (2,), (0, 2), (0, 1, 2)))


def lstm() -> Iterator[Case]:
    for settings in (*ONE_DIRECTION, *LSTM_ELEMENTS):
        yield _recurrent("lstmLayer", "lstm", nn.LSTM, settings)


def bilstm() -> Iterator[Case]:
    for settings in (*BOTH_DIRECTIONS, Recurrent(bidirectional=True, elements=(1, 2), given=True)):
        yield _recurrent("bilstmLayer", "lstm", nn.LSTM, settings)


def gru() -> Iterator[Case]:
    for settings in (*ONE_DIRECTION, *BOTH_DIRECTIONS):
        yield _recurrent("gruLayer", "gru", nn.GRU, settings)


def _recurrent(op: str, operation: str, kind: type[nn.LSTM] | type[nn.GRU], settings: Recurrent) -> Case:
    module = settings.module(kind)
    roles = {name: value.detach() for name, value in module.state_dict().items()}
    attributes: dict[str, Any] = {"batch_first": settings.batch_first, "num_layers": settings.num_layers}
    if settings.elements:
        attributes["elements"] = settings.elements
    compute = partial(_run, module, settings.elements)
    inputs = settings.inputs(2 if kind is nn.LSTM else 1)
    parameters = Parameters(operation, roles)
    return make(op, f"{settings}", compute, inputs, attributes=attributes, parameters=parameters, terms=7)


def _run(
    module: nn.Module, elements: tuple[int, ...], data: Tensor, *states: Tensor, **roles: Tensor
) -> tuple[Tensor, ...]:
    """The results of a recurrent module with these parameters, in one tuple, those of `elements`."""
    given = () if not states else (states,) if len(states) > 1 else states
    sequence, last = functional_call(module, roles, (data, *given))
    results = (sequence, *last) if isinstance(last, tuple) else (sequence, last)
    return tuple(results[element] for element in elements) if elements else results


def self_attention() -> Iterator[Case]:
    for shape, heads, bias in product(((2, 5, 8), (1, 7, 8), (3, 1, 8)), (1, 2, 4), (True, False)):
        module = nn.MultiheadAttention(shape[-1], heads, bias=bias, batch_first=True)
        weights = {name: random(*value.shape) for name, value in module.state_dict().items()}
        compute = partial(_attend, module, weights)
        settings = {"num_heads": heads}
        case = make(
            "selfAttentionLayer", f"{shape} {heads} {bias}", compute, [random(*shape)], attributes=settings, terms=8
        )
        yield replace(case, parameters=_attention_parameters(weights))


def _attend(module: nn.Module, weights: Mapping[str, Tensor], data: Tensor) -> Tensor:
    typed = {name: value.to(data.dtype) for name, value in weights.items()}
    result: Tensor = functional_call(module, typed, (data, data, data), {"need_weights": False})[0]
    return result


def _attention_parameters(weights: Mapping[str, Tensor]) -> dict[str, Array]:
    """MATLAB's names; no layout of xverify's knows them, for PyTorch exports attention as its parts."""
    parts = dict(zip(("Query", "Key", "Value"), weights["in_proj_weight"].numpy().reshape(3, -1, 8), strict=True))
    found = {f"{role}Weights": part for role, part in parts.items()}
    found["OutputWeights"] = weights["out_proj.weight"].numpy()
    if "in_proj_bias" in weights:
        biases = np.split(weights["in_proj_bias"].numpy(), 3)
        found |= {f"{role}Bias": bias[:, None] for role, bias in zip(parts, biases, strict=True)}
        found["OutputBias"] = weights["out_proj.bias"].numpy()[:, None]
    return found


def word_embedding() -> Iterator[Case]:
    for shape, dimension in product(((4,), (1,), (2, 5), (1, 5), (3, 2, 4)), (3, 1)):
        indices = torch.randint(0, 7, shape)
        indices.flatten()[0] = 6
        parameters = Parameters("embedding", {"weight": random(7, dimension)})
        name = f"{shape} {dimension}"
        yield make("wordEmbeddingLayer", name, _embed, [indices], parameters=parameters, terms=None)


def _embed(indices: Tensor, weight: Tensor) -> Tensor:
    return F.embedding(indices, weight)

"""Long short-term memory."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.layouts.axis_layout import AxisLayout, Place
from xverify.layouts.layout import Stored
from xverify.layouts.recurrent import REVERSE, cell_suffixes


@dataclass(frozen=True)
class LSTM(AxisLayout):
    """lstmLayer, or bilstmLayer for both directions; one set of properties a layer of the PyTorch module.

    InputWeights (4H, In), RecurrentWeights (4H, H), Bias (4H, 1), with PyTorch's gate order i, f, g, o (MATLAB's:
    input, forget, cell candidate, output). The shapes are verified, the order is MathWorks' documented one. bilstmLayer
    stacks the forward direction over the backward one, (8H, In), (8H, H), (8H, 1): assumed, unverified. With several
    layers the names carry PyTorch's layer: 'InputWeights_l0', 'InputWeights_l1'.

    MATLAB has one bias where PyTorch adds two: Bias = bias_ih + bias_hh. The sum is kept, the split is lost:
    `to_pytorch` returns the sum as bias_ih, and zeros as bias_hh.
    """

    @property
    def matlab_layer(self) -> str:
        """'lstmLayer' or 'bilstmLayer'."""
        return "bilstmLayer" if self._bidirectional else "lstmLayer"

    @property
    def places(self) -> tuple[Place, ...]:
        """InputWeights, RecurrentWeights and Bias of every layer; the summed bias stands in the role of bias_ih."""
        layers = [suffix for suffix in cell_suffixes(self.shapes) if not suffix.endswith(REVERSE)]
        return tuple(place for layer in layers for place in self._layer_places(layer, plain=len(layers) == 1))

    @property
    def unplaced(self) -> frozenset[str]:
        """The recurrent biases, which are added to the others."""
        return frozenset(f"bias_hh{suffix}" for suffix in cell_suffixes(self.shapes))

    def to_matlab(self, parameters: Mapping[str, NDArray[Any]]) -> dict[str, Stored]:
        """See `Layout.to_matlab`; the sources of Bias are the pairs that were added."""
        self._refuse_other_parameters(parameters)
        biases = {role: array + parameters[_recurrent(role)] for role, array in parameters.items() if _is_bias(role)}
        moved = super().to_matlab({**parameters, **biases})
        return {name: replace(stored, sources=_summands(stored.sources)) for name, stored in moved.items()}

    def to_pytorch(self, stored: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """See `Layout.to_pytorch`; bias_ih is the whole bias, bias_hh is zero."""
        restored = super().to_pytorch(stored)
        return restored | {_recurrent(role): np.zeros_like(array) for role, array in restored.items() if _is_bias(role)}

    @property
    def _bidirectional(self) -> bool:
        return any(suffix.endswith(REVERSE) for suffix in cell_suffixes(self.shapes))

    def _layer_places(self, layer: str, *, plain: bool) -> tuple[Place, ...]:
        name = "" if plain else layer
        suffixes = (layer, f"{layer}{REVERSE}") if self._bidirectional else (layer,)
        gates, stacked = ("D G", "(D G)") if self._bidirectional else ("G", "G")
        return (
            Place(f"InputWeights{name}", _roles("weight_ih", suffixes), f"{gates} I -> {stacked} I"),
            Place(f"RecurrentWeights{name}", _roles("weight_hh", suffixes), f"{gates} H -> {stacked} H"),
            Place(f"Bias{name}", _roles("bias_ih", suffixes), f"{gates} -> {stacked} 1", neutral=0.0),
        )


def _roles(stem: str, suffixes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{stem}{suffix}" for suffix in suffixes)


def _is_bias(role: str) -> bool:
    return role.startswith("bias_ih")


def _recurrent(role: str) -> str:
    return role.replace("bias_ih", "bias_hh", 1)


def _summands(roles: tuple[str, ...]) -> tuple[str, ...]:
    """The roles that PyTorch has: ('bias_ih_l0',) -> ('bias_ih_l0', 'bias_hh_l0'); weights as they are."""
    return tuple(source for role in roles for source in ((role, _recurrent(role)) if _is_bias(role) else (role,)))

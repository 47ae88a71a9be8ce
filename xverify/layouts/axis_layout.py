"""What the layouts of all layer kinds have in common: each property is one move of axes, and each shape is known.

A layer kind states its places; moving, undoing, and refusing what does not fit are here.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.errors import XverifyError
from xverify.layouts.axes import axis_lengths, inverse, rearrange, rearranged_shape
from xverify.layouts.layout import Stored

Shapes = Mapping[str, tuple[int, ...]]
"""PyTorch role -> PyTorch shape."""


@dataclass(frozen=True)
class Place:
    """One MATLAB property, and the PyTorch parameters that it holds.

    Attributes:
        name: The property, such as 'Weights'.
        roles: The PyTorch roles; several, all of one shape, are stacked along a new first axis of the pattern's left.
        axes: The pattern from PyTorch to MATLAB.
        neutral: The value with which the property does nothing (0 for a bias): MATLAB's layer holds it where PyTorch's
            has no such parameter. None where the layer cannot do without the parameter.
        sizes: Lengths that the pattern needs to split an axis.
    """

    name: str
    roles: tuple[str, ...]
    axes: str
    neutral: float | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class AxisLayout(ABC):
    """A layout whose properties are PyTorch's parameters with their axes moved.

    Attributes:
        shapes: PyTorch's shapes of the parameters that the layer has. They make re-import exact: MATLAB's arrays may
            have lost trailing singleton dimensions.
    """

    shapes: Shapes

    @property
    @abstractmethod
    def matlab_layer(self) -> str:
        """MATLAB's constructor, '' where MATLAB has no such layer."""

    @property
    @abstractmethod
    def places(self) -> tuple[Place, ...]:
        """Every property that the MATLAB layer can have, whether or not PyTorch's layer has the parameter."""

    @property
    def unplaced(self) -> frozenset[str]:
        """Roles that PyTorch's layer may have and that no property holds by itself."""
        return frozenset()

    def misfit(self) -> str:
        """Why the parameters do not belong in this layout, '' when they do."""
        needed = [role for place in self.places if place.neutral is None for role in place.roles]
        if missing := [role for role in needed if role not in self.shapes]:
            return f"{self.matlab_layer} needs {', '.join(missing)}, which is not among the parameters"
        known = {role for place in self._present() for role in place.roles} | self.unplaced
        if unknown := sorted(self.shapes.keys() - known):
            return f"{self.matlab_layer} has no property for {', '.join(unknown)}"
        try:
            for place in self._present():
                self._lengths(place)
        except ValueError as error:
            return f"the parameters are not those of {self.matlab_layer}: {error}"
        return ""

    def to_matlab(self, parameters: Mapping[str, NDArray[Any]]) -> dict[str, Stored]:
        """See `Layout.to_matlab`. Properties whose parameter PyTorch's layer does not have are left out."""
        self._refuse_other_parameters(parameters)
        return {place.name: _stored(place, parameters) for place in self._present()}

    def to_pytorch(self, stored: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """See `Layout.to_pytorch`."""
        present = {place.name: place for place in self._present()}
        self._refuse_other_properties(stored, present.keys())
        parameters: dict[str, NDArray[Any]] = {}
        for name, place in present.items():
            parameters |= self._restored(place, stored[name])
        return parameters

    def _present(self) -> list[Place]:
        return [place for place in self.places if self.shapes.keys() >= set(place.roles)]

    def _pytorch_shape(self, place: Place) -> tuple[int, ...]:
        shape = self.shapes[place.roles[0]]
        return shape if len(place.roles) == 1 else (len(place.roles), *shape)

    def _lengths(self, place: Place) -> dict[str, int]:
        return axis_lengths(self._pytorch_shape(place), place.axes, **place.sizes)

    def _restored(self, place: Place, array: NDArray[Any]) -> dict[str, NDArray[Any]]:
        expected = rearranged_shape(self._pytorch_shape(place), place.axes, **place.sizes)
        if _without_trailing_singletons(array.shape) != _without_trailing_singletons(expected):
            raise XverifyError(
                f"{place.name} has the shape {array.shape}; expected {expected}, from PyTorch by '{place.axes}'.",
                "Only trailing dimensions of size 1 may differ. Check that the file belongs to this network.",
            )
        moved = rearrange(array.reshape(expected), inverse(place.axes), **self._lengths(place))
        return dict(zip(place.roles, moved, strict=True)) if len(place.roles) > 1 else {place.roles[0]: moved}

    def _refuse_other_parameters(self, parameters: Mapping[str, NDArray[Any]]) -> None:
        found = {role: array.shape for role, array in parameters.items()}
        for role in sorted(found.keys() | self.shapes.keys()):
            if found.get(role) != self.shapes.get(role):
                raise XverifyError(
                    f"'{role}' has the shape {found.get(role, 'none')}; expected {self.shapes.get(role, 'none')}.",
                    "The parameters must be those of the layer that the layout was made for.",
                )

    def _refuse_other_properties(self, stored: Mapping[str, NDArray[Any]], present: Set[str]) -> None:
        if missing := sorted(present - stored.keys()):
            raise XverifyError(f"{', '.join(missing)} is missing.", f"Save all of {', '.join(present)} of the layer.")
        neutral = {place.name: place.neutral for place in self.places}
        for name in sorted(stored.keys() - present):
            if name not in neutral:
                raise XverifyError(f"{name} is no property that is read.", f"Known properties: {', '.join(neutral)}.")
            if not np.all(stored[name] == neutral[name]):
                raise XverifyError(
                    f"{name} has values other than {neutral[name]}, and the PyTorch layer has no parameter for them.",
                    "Give the PyTorch layer that parameter (`bias=True`, `affine=True`) and export it again.",
                )


def _stored(place: Place, parameters: Mapping[str, NDArray[Any]]) -> Stored:
    arrays = [parameters[role] for role in place.roles]
    array = arrays[0] if len(arrays) == 1 else np.stack(arrays)
    return Stored(rearrange(array, place.axes, **place.sizes), place.axes, place.roles)


def _without_trailing_singletons(shape: tuple[int, ...]) -> tuple[int, ...]:
    """What distinguishes shapes in MATLAB, where every array has endless trailing dimensions of size 1."""
    return _without_trailing_singletons(shape[:-1]) if shape and shape[-1] == 1 else shape

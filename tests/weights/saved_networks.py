"""Network objects as MATLAB saves them, written with mat-io: each layer's saveobj is a struct, a learnable parameter one in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Array = NDArray[Any]


def record(**fields: Any) -> Any:
    """A 1 x 1 struct."""
    made = np.empty((1, 1), dtype=[(name, object) for name in fields])
    for name, value in fields.items():
        made[0, 0][name] = value
    return made


def learnable(value: Any) -> Any:
    one = np.ones((1, 1))
    return record(Version=one, Value=value, LearnRateFactor=one, L2Factor=one)


def layer(name: str, parameters: Mapping[str, Array], plain: Mapping[str, Any] | None = None) -> Any:
    """One layer; `plain` are properties that are no learnable parameters, such as a leakyReluLayer's Scale."""
    classes = pytest.importorskip(
        "matio", reason="mat-io, which writes network objects, is not installed"
    ).utils.matclass
    statistics = {key: value for key, value in parameters.items() if key.startswith("Trained")}
    learned = {key: learnable(value) for key, value in parameters.items() if key not in statistics}
    fields = {"Version": np.ones((1, 1)), "Name": np.array([name]), **learned, **statistics, **(plain or {})}
    return classes.MatlabOpaque({"any": record(**fields)}, "nnet.cnn.layer.Layer")


def layer_array(layers: list[Any]) -> Any:
    """`net.Layers` as a variable of its own."""
    import matio  # type: ignore[import-untyped]

    items = np.empty((len(layers), 1), object)
    for place, item in enumerate(layers):
        items[place, 0] = item
    return matio.utils.matclass.MatlabOpaqueArray(items, "nnet.cnn.layer.Layer")


def network(layers: list[Any], kind: str = "SeriesNetwork") -> Any:
    """A network. Its layers lie in a cell: mat-io reads arrays of objects inside of objects, but cannot write them."""
    import matio

    items = np.empty((len(layers), 1), object)
    for place, item in enumerate(layers):
        items[place, 0] = item
    return matio.utils.matclass.MatlabOpaque({"any": record(Version=np.ones((1, 1)), Layers=items)}, kind)


def save(path: Path, content: Mapping[str, Any], version: str = "v7") -> Path:
    import matio

    matio.save_to_mat(path, dict(content), version=version)
    return path

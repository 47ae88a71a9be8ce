"""Every layer kind, at random sizes: what MATLAB saves comes back bit for bit, and anything else is refused."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from xverify.errors import XverifyError
from xverify.layouts.table import LAYOUTS, layout_for

Array = NDArray[Any]
SIZES = st.integers(1, 4)
RECURRENT = {"lstm": 4, "gru": 3}
VECTORS = {"batch_norm": 4, "_native_batch_norm_legit_no_training": 4, "prelu": 1, "_prelu_kernel": 1}
STATISTICS = ("weight", "bias", "running_mean", "running_var")


@dataclass(frozen=True)
class Case:
    """One operation with its parameters."""

    operation: str
    attributes: dict[str, int | bool]
    parameters: dict[str, Array]


def saved_by_matlab(array: Array) -> Array:
    """What a .mat file holds of `array`: two or more dimensions, past them none of size 1 at the end, column-major."""
    shape = list(array.shape) + [1] * (2 - array.ndim)
    while len(shape) > 2 and shape[-1] == 1:
        shape.pop()
    return np.asfortranarray(array.reshape(shape))


def bits(draw: st.DrawFn, shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
    """Random bit patterns, NaN and denormal numbers among them; recurrent biases, which LSTM adds, are ordinary."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = np.dtype(draw(st.sampled_from([np.float16, np.float32, np.float64])))
    arrays = {}
    for role, shape in shapes.items():
        count = int(np.prod(shape, dtype=np.int64))
        raw = np.frombuffer(generator.bytes(count * dtype.itemsize), dtype)
        arrays[role] = (generator.normal(size=count).astype(dtype) if role.startswith("bias_") else raw).reshape(shape)
    return arrays


def convolution_shapes(draw: st.DrawFn, operation: str) -> tuple[dict[str, int | bool], dict[str, tuple[int, ...]]]:
    rank = int(operation[4]) if operation != "convolution" else draw(st.integers(1, 3))
    transposed = operation == "convolution" and draw(st.booleans())
    groups = draw(st.integers(1, 3))
    outputs, inputs = draw(SIZES), draw(SIZES)
    kernel = draw(st.tuples(*[SIZES] * rank))
    first = (inputs * groups, outputs) if transposed else (outputs * groups, inputs)
    return {"groups": groups, "transposed": transposed}, {"weight": (*first, *kernel), "bias": (outputs * groups,)}


def recurrent_shapes(draw: st.DrawFn, gates: int) -> dict[str, tuple[int, ...]]:
    inputs, hidden = draw(SIZES), draw(SIZES)
    directions = draw(st.sampled_from([("",), ("", "_reverse")]))
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in range(draw(st.integers(1, 3))):
        for direction in directions:
            shapes[f"weight_ih_l{layer}{direction}"] = (gates * hidden, hidden * len(directions) if layer else inputs)
            shapes[f"weight_hh_l{layer}{direction}"] = (gates * hidden, hidden)
            shapes[f"bias_ih_l{layer}{direction}"] = shapes[f"bias_hh_l{layer}{direction}"] = (gates * hidden,)
    return shapes


@st.composite
def cases(draw: st.DrawFn) -> Case:
    operation = draw(st.sampled_from([*LAYOUTS, "bilinear"]))
    attributes: dict[str, int | bool] = {}
    channels = draw(SIZES)
    shapes: dict[str, tuple[int, ...]] = {"weight": (channels,), "bias": (channels,)}
    if operation.startswith("conv"):
        attributes, shapes = convolution_shapes(draw, operation)
    elif operation in RECURRENT:
        shapes = recurrent_shapes(draw, RECURRENT[operation])
    elif operation in {"linear", "addmm"}:
        shapes["weight"] = (channels, draw(SIZES))
    elif operation == "embedding":
        shapes = {"weight": (channels, draw(SIZES))}
    elif operation == "bilinear":
        shapes = {role: draw(st.lists(SIZES, max_size=5).map(tuple)) for role in ("weight", "gain")}
    elif operation in VECTORS:
        shapes = dict.fromkeys(STATISTICS[: VECTORS[operation]], (channels,))
    if operation.endswith("norm") or "batch_norm" in operation or "prelu" in operation:
        attributes = {"spatial_rank": draw(st.integers(0, 3))}
    if draw(st.booleans()):
        shapes = {role: shape for role, shape in shapes.items() if not role.startswith("bias")}
    return Case(operation, attributes, bits(draw, shapes))


def has_matlab_layer(case: Case) -> bool:
    if not case.operation.startswith("conv") or case.attributes["groups"] == 1:
        return case.operation != "bilinear"
    return case.parameters["weight"].ndim == 4 and not case.attributes["transposed"]


def same_bits(actual: Array, expected: Array) -> bool:
    return actual.dtype == expected.dtype and actual.shape == expected.shape and actual.tobytes() == expected.tobytes()


def expected_back(case: Case) -> dict[str, Array]:
    """The parameters themselves; LSTM returns the sum of its two biases and zeros."""
    if case.operation != "lstm":
        return case.parameters
    expected = dict(case.parameters)
    for role in [role for role in expected if role.startswith("bias_ih")]:
        recurrent = role.replace("_ih", "_hh")
        expected[role], expected[recurrent] = expected[role] + expected[recurrent], np.zeros_like(expected[recurrent])
    return expected


@settings(max_examples=400, deadline=None)
@given(cases())
def test_what_matlab_saves_comes_back_bit_for_bit(case: Case) -> None:
    layout = layout_for(case.operation, case.attributes, case.parameters)
    stored = layout.to_matlab(case.parameters)
    direct = layout.to_pytorch({name: parameter.array for name, parameter in stored.items()})
    loaded = layout.to_pytorch({name: saved_by_matlab(parameter.array) for name, parameter in stored.items()})
    expected = expected_back(case)
    assert bool(layout.matlab_layer) == has_matlab_layer(case)
    assert direct.keys() == loaded.keys() == expected.keys()
    assert all(same_bits(direct[role], array) and same_bits(loaded[role], array) for role, array in expected.items())


@settings(max_examples=200, deadline=None)
@given(cases())
def test_every_value_is_stored_once_and_every_source_named(case: Case) -> None:
    stored = layout_for(case.operation, case.attributes, case.parameters).to_matlab(case.parameters)
    assert sorted(source for parameter in stored.values() for source in parameter.sources) == sorted(case.parameters)
    for parameter in stored.values():
        sources = [case.parameters[role] for role in parameter.sources]
        added = 2 if case.operation == "lstm" and parameter.sources[0].startswith("bias") else 1
        assert parameter.array.size * added == sum(source.size for source in sources)
        assert parameter.array.dtype == sources[0].dtype


@settings(max_examples=200, deadline=None)
@given(cases(), st.data())
def test_another_shape_is_refused_by_name(case: Case, data: st.DataObject) -> None:
    layout = layout_for(case.operation, case.attributes, case.parameters)
    stored = {name: parameter.array for name, parameter in layout.to_matlab(case.parameters).items()}
    name = data.draw(st.sampled_from(sorted(stored)))
    array = saved_by_matlab(stored[name])
    wrong = array.transpose(data.draw(st.permutations(range(array.ndim))))
    if data.draw(st.booleans()):
        wrong = np.repeat(array, 2, axis=data.draw(st.integers(0, array.ndim - 1)))
    assume(saved_by_matlab(wrong).shape != array.shape)
    with pytest.raises(XverifyError) as error:
        layout.to_pytorch(stored | {name: wrong})
    assert error.value.message.startswith(f"{name} has the shape {wrong.shape}; expected {stored[name].shape}")

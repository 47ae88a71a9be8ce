"""PyTorch -> weights.mat -> state_dict, for every layer kind and option: the same bytes, but for the documented loss."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load_file
from weights_networks import LSTMS, NETWORKS, exported, made, state_of

from xverify.bundle.bundle import Bundle, load_bundle
from xverify.bundle.weights import StoredParameter
from xverify.layouts.table import layout_for
from xverify.weights.restoring import in_pytorch
from xverify.workflows.reimport import reimport
from xverify.workflows.weights import compare_weights

Array = NDArray[Any]


@pytest.fixture(scope="module", params=NETWORKS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Bundle, Bundle]:
    """One network with two sets of weights: as it was exported, and as it came to be."""
    folder = tmp_path_factory.mktemp("round-trip")
    return request.param, exported(request.param, 1, folder / "before"), exported(request.param, 2, folder / "after")


def test_a_bundle_equals_itself(pair: tuple[str, Bundle, Bundle]) -> None:
    _, before, _ = pair
    comparison = compare_weights(before.path, before.path / "weights.mat")
    assert comparison.passed
    assert comparison.form == "weights.mat"
    assert {item.status for item in comparison.parameters} <= {"equal", "kept"}
    names = {name for item in comparison.parameters for name in item.names}
    assert names == {item.name for item in before.manifest.parameters}


def test_every_parameter_of_another_training_is_changed(pair: tuple[str, Bundle, Bundle]) -> None:
    _, before, after = pair
    comparison = compare_weights(before.path, after.path / "weights.mat")
    assert not comparison.passed
    assert {item.status for item in comparison.parameters} <= {"changed", "kept"}
    assert any("another bundle" in note for note in comparison.notes)


def test_the_state_comes_back_in_the_same_bytes(pair: tuple[str, Bundle, Bundle], tmp_path: Path) -> None:
    name, before, after = pair
    reimport(before.path, after.path / "weights.mat", tmp_path / "state.safetensors")
    state = load_file(tmp_path / "state.safetensors")
    expected = state_of(name, 2)
    assert state.keys() == expected.keys()
    for key, value in expected.items():
        assert (state[key].dtype, state[key].shape) == (value.dtype, value.shape)
        if not is_summed(key):
            assert state[key].tobytes() == value.tobytes(), key


def is_summed(key: str) -> bool:
    return ".bias_" in key and key.split(".", maxsplit=1)[0] in LSTMS


def test_what_is_lost_changes_no_output(pair: tuple[str, Bundle, Bundle], tmp_path: Path) -> None:
    name, before, after = pair
    reimport(before.path, after.path / "weights.mat", tmp_path / "state.pt")
    tuned, inputs = made(name, 2)
    with torch.no_grad():
        expected = tuned(inputs)
        tuned.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
        torch.testing.assert_close(tuned(inputs), expected, rtol=1e-5, atol=1e-6)


def test_lstm_biases_are_split_as_documented(tmp_path: Path) -> None:
    bundle = exported("sequences", 1, tmp_path / "net")
    record = reimport(bundle.path, bundle.path / "weights.mat", tmp_path / "state.safetensors")
    state, expected = load_file(tmp_path / "state.safetensors"), state_of("sequences", 1)
    for suffix in ("deep.bias_{}_l0", "deep.bias_{}_l1", "both.bias_{}_l0", "both.bias_{}_l0_reverse"):
        total = expected[suffix.format("ih")] + expected[suffix.format("hh")]
        np.testing.assert_array_equal(state[suffix.format("ih")], total)
        np.testing.assert_array_equal(state[suffix.format("hh")], 0)
    assert any("deep.bias_hh_l1 is 0" in note for note in record.notes)
    assert any("both.bias_hh_l0_reverse" in note for note in record.notes)


def test_a_parameter_under_two_names_stays_one(tmp_path: Path) -> None:
    before, after = exported("shared", 1, tmp_path / "before"), exported("shared", 2, tmp_path / "after")
    record = reimport(before.path, after.path / "weights.mat", tmp_path / "state.safetensors")
    state = load_file(tmp_path / "state.safetensors")
    np.testing.assert_array_equal(state["first.weight"], state["second.weight"])
    assert {"first.weight", "second.weight"} <= set(record.changed)
    assert any("is the same parameter as" in note for note in record.notes)


def test_the_bundle_is_read_again_from_disk(tmp_path: Path) -> None:
    bundle = load_bundle(exported("images", 1, tmp_path / "net").path)
    assert compare_weights(bundle, bundle.path / "weights.mat").passed


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, dict[str, Any], dict[str, Array]]:
    sizes = st.integers(1, 4)
    groups, out, inputs = draw(sizes), draw(sizes), draw(sizes)
    kernel = draw(st.lists(sizes, min_size=1, max_size=3))
    kind = draw(st.sampled_from(["conv", "grouped", "transposed", "linear", "norm", "gru", "lstm", "bilstm"]))
    shapes: dict[str, tuple[int, ...]]
    if kind in {"conv", "transposed"}:
        shapes = {"weight": (out, inputs, *kernel), "bias": (out if kind == "conv" else inputs,)}
        return "convolution", {"transposed": kind == "transposed"}, arrays(shapes)
    if kind == "grouped":
        shapes = {"weight": (groups * out, inputs, *draw(st.tuples(sizes, sizes))), "bias": (groups * out,)}
        return "convolution", {"groups": groups}, arrays(shapes)
    if kind == "linear":
        return "linear", {}, arrays({"weight": (out, inputs), "bias": (out,)})
    if kind == "norm":
        return (
            "batch_norm",
            {"spatial_rank": draw(st.integers(0, 3))},
            arrays(dict.fromkeys(("running_mean", "running_var"), (out,))),
        )
    rows = {"gru": 3, "lstm": 4, "bilstm": 4}[kind] * out
    ends = ["_l0", "_l0_reverse"] if kind == "bilstm" else [f"_l{layer}" for layer in range(draw(st.integers(1, 3)))]
    shapes = {}
    for end in ends:
        shapes |= {
            f"weight_ih{end}": (rows, inputs),
            f"weight_hh{end}": (rows, out),
            f"bias_ih{end}": (rows,),
            f"bias_hh{end}": (rows,),
        }
    return kind.removeprefix("bi"), {}, arrays(shapes)


def arrays(shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
    random = np.random.default_rng(len(shapes))
    return {role: random.normal(size=shape).astype(np.float32) for role, shape in shapes.items()}


@settings(max_examples=200, deadline=None)
@given(cases())
def test_recorded_axes_undo_every_layout(case: tuple[str, dict[str, Any], dict[str, Array]]) -> None:
    operation, attributes, parameters = case
    layout = layout_for(operation, attributes, parameters)
    shapes = {role: array.shape for role, array in parameters.items()}
    found: dict[str, Array] = {}
    for name, stored in layout.to_matlab(parameters).items():
        item = StoredParameter(name, stored.array, stored.axes, stored.sources)
        trimmed = np.squeeze(
            stored.array, tuple(axis for axis in range(2, stored.array.ndim) if set(stored.array.shape[axis:]) == {1})
        )
        found |= in_pytorch(item, trimmed, layout.matlab_layer, shapes)
    assert found.keys() == parameters.keys()
    for role, array in parameters.items():
        if operation != "lstm" or not role.startswith("bias"):
            np.testing.assert_array_equal(found[role], array)
        else:
            other = role.replace("_ih", "_hh") if "_ih" in role else role.replace("_hh", "_ih")
            total = array + parameters[other]
            np.testing.assert_array_equal(found[role], total if "_ih" in role else 0 * total)

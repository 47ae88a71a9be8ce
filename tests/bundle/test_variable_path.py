"""Paths into cells and structs, written as in MATLAB: what they mean, and what is said about one that leads nowhere."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
from hdf5_files import save_v73
from hypothesis import given
from hypothesis import strategies as st

from xverify.bundle.matfile import cell, opened
from xverify.bundle.variable_path import PathError, Step, VariablePath, parse_path

CONTENT: dict[str, Any] = {
    "plain": np.arange(6.0).reshape(2, 3),
    "res": [np.ones((2, 2)), np.arange(3.0), "text"],
    "net": {"layers": [1.0, {"out": np.full((1, 4), 7.0), "name": "relu"}], "id": 5.0},
    "many": ({"x": 1.0, "y": 2.0}, {"x": np.full((3, 1), 9.0), "y": 3.0}),
    "grid": np.array([[1, 2, 3], [4, 5, 6]], dtype=object),
}


def for_scipy(value: Any) -> Any:
    """Cells as arrays of one row, arrays of structs as structured arrays."""
    if isinstance(value, dict):
        return {name: for_scipy(item) for name, item in value.items()}
    if isinstance(value, list):
        return cell([for_scipy(item) for item in value]).reshape(1, -1)
    if isinstance(value, tuple):
        made = np.empty((1, len(value)), [(name, object) for name in value[0]])
        for index, item in enumerate(value):
            made[0, index] = tuple(for_scipy(field) for field in item.values())
        return made
    return value


@pytest.fixture(scope="module", params=["v5", "v7", "v7.3"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("paths") / "a.mat"
    if request.param == "v7.3":
        return save_v73(path, CONTENT)
    content = {name: for_scipy(value) for name, value in CONTENT.items()}
    scipy.io.savemat(path, content, do_compression=request.param == "v7")
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", CONTENT["plain"]),
        ("res{1}", np.ones((2, 2))),
        ("res{2}", [[0, 1, 2]]),
        ("res{1,2}", [[0, 1, 2]]),
        (" net.layers{2}.out ", np.full((1, 4), 7.0)),
        ("net(1).id", [[5]]),
        ("many(1).x", [[1]]),
        ("many(2).x", np.full((3, 1), 9.0)),
        ("many(1, 2).y", [[3]]),
        ("grid{2,1}", [[4]]),
        ("grid{2}", [[4]]),  # column-major
        ("grid{5}", [[3]]),
        ("grid{2,3}", [[6]]),
    ],
)
def test_paths_lead_to_values(file: Path, text: str, expected: Any) -> None:
    with opened(file) as content:
        node = content.node(parse_path(text))
        assert node.kind == "double" or text.startswith("grid")
        np.testing.assert_array_equal(content.value(node), expected)


def test_texts_are_read(file: Path) -> None:
    with opened(file) as content:
        assert content.value(content.node(parse_path("res{3}"))).tolist() == ["text"]
        assert content.value(content.node(parse_path("net.layers{2}.name"))).tolist() == ["relu"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nothing{1}", "there is no variable 'nothing'"),
        ("res{4}", "res is a 1x3 cell: there is no {4} in it"),
        ("res{2,1}", "res is a 1x3 cell: there is no {2,1} in it"),
        ("res{1,1,1}", "res is a 1x3 cell: there is no {1,1,1} in it"),
        ("res(2)", "res is a 1x3 cell, not a struct, which '(2)' asks for: write res{2}"),
        ("res.out", "res is a 1x3 cell, which has no fields"),
        ("plain{1}", "plain is a 2x3 double, not a cell"),
        ("plain(1)", "plain is a 2x3 double, not a struct"),
        ("plain.x", "plain is a 2x3 double, which has no fields"),
        ("net.layer", "net has no field 'layer'; it has "),
        ("net.layers{2}.x", "net.layers{2} has no field 'x'; it has "),
        ("many.x", "many is a 1x2 array of structs: say which one, as in many(1).x"),
        ("many(3).x", "many is a 1x2 array of structs: there is no (3) in it"),
        ("many{1}", "many is a 1x2 array of structs, not a cell"),
    ],
)
def test_paths_that_lead_nowhere(file: Path, text: str, reason: str) -> None:
    with opened(file) as content, pytest.raises(PathError) as caught:
        content.node(parse_path(text))
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not begin with the name of a variable"),
        ("{2}", "does not begin with the name of a variable"),
        ("2res", "does not begin with the name of a variable"),
        ("res{0}", "MATLAB counts from 1"),
        ("res(1,0)", "MATLAB counts from 1"),
        ("res{-1}", "see '{-1}'"),
        ("res{end}", "see '{end}'"),
        ("res{:}", "see '{:}'"),
        ("res{1", "see '{1'"),
        ("res[1]", "see '[1]'"),
        ("res.", "see '.'"),
        ("res .x", "see ' .x'"),
        ("res{1}out", "see 'out'"),
        ("res.2", "see '.2'"),
    ],
)
def test_what_is_no_path_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PathError) as caught:
        parse_path(text)
    assert reason in str(caught.value)


names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
indices = st.lists(st.integers(1, 999), min_size=1, max_size=3).map(tuple)
steps = st.builds(Step, st.just("."), names, st.just(())) | st.builds(Step, st.sampled_from("{("), st.just(""), indices)


@given(names, st.lists(steps, max_size=5).map(tuple))
def test_a_path_is_what_its_text_says(variable: str, made: tuple[Step, ...]) -> None:
    path = VariablePath(variable, made)
    assert parse_path(str(path)) == path

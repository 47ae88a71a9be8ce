"""Mapped MAT v5 files hold what scipy reads from them; what is not mapped is left to scipy, and says what is wrong."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from matlab_objects import with_objects
from numpy.typing import NDArray
from octave_program import needs_octave, octave

from xverify.bundle.mapped_mat5 import map_file
from xverify.bundle.matfile import cell, opened
from xverify.bundle.variable_path import PathError, parse_path
from xverify.errors import XverifyError

Array = NDArray[Any]

CONTENT: dict[str, Any] = {
    "single": np.arange(24, dtype=np.float32).reshape(2, 3, 4) - 0.5,
    "double": np.array([[1e300, -0.0, np.nan]]),
    "empty": np.zeros((0, 3), np.float32),
    "scalar": np.float32(2.5),
    "int8": np.array([[-128, 127]], np.int8),
    "int64": np.array([[2**53 + 1]], np.int64),
    "logical": np.array([[True, False]]),
    "text": "conv_1",
    "no_text": "",
    "rows": np.array(["ab", "cd"]),
    "cells": cell(["first", np.eye(2), cell([np.float64(3)])]),
    "struct": {"Weights": np.ones((2, 2), np.float32), "deep": {"name": "a_name_of_more_than_thirty_one_characters"}},
    "structs": np.array([(1.0, "a"), (2.0, "b")], dtype=[("x", object), ("y", object)]),
}
PATHS = [
    "single", "double", "empty", "scalar", "int8", "int64", "logical", "text", "no_text", "rows", "cells{1}", "cells{2}",
    "cells{3}{1}", "struct.Weights", "struct.deep.name", "structs(2).x", "structs(1).y",
]  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    scipy.io.savemat(tmp_path / "a.mat", CONTENT, long_field_names=True)
    return tmp_path / "a.mat"


def value_at(path: Path, text: str, *, mapped: bool) -> tuple[str, Array]:
    with opened(path, mapped=mapped) as file:
        node = file.node(parse_path(text))
        return node.kind, file.value(node)


@pytest.mark.parametrize("text", PATHS)
def test_values_are_those_that_scipy_reads(file: Path, text: str) -> None:
    assert map_file(file) is not None
    (kind, array), (own, expected) = value_at(file, text, mapped=True), value_at(file, text, mapped=False)
    assert kind == own
    np.testing.assert_array_equal(array, expected, strict=True)


def test_variables_are_listed_alike(file: Path) -> None:
    with opened(file, mapped=True) as mapped, opened(file) as plain:
        assert mapped.variables == plain.variables
        for item in plain.variables:
            ours, others = (opened_file.node(parse_path(item.name)) for opened_file in (mapped, plain))
            assert (ours.fields, ours.kind) == (others.fields, others.kind)


def test_arrays_are_maps_of_the_file(file: Path) -> None:
    _, array = value_at(file, "single", mapped=True)
    assert not array.flags.writeable
    assert not array.flags.owndata


@needs_octave
def test_whole_numbers_have_their_class(tmp_path: Path) -> None:
    """Octave stores single([0 1 2]) as bytes, and an int32 as well."""
    done = octave(
        "s = struct('w', single([0 1; 2 3])); d = [1 2 300]; k = int32([4 5]); save(getenv('FILE'), 's', 'd', 'k', '-v6');",
        {"FILE": tmp_path / "a.mat"},
    )
    assert done.returncode == 0, done.stderr
    assert map_file(tmp_path / "a.mat") is not None
    for text, dtype, expected in (("s.w", np.float32, [[0, 1], [2, 3]]), ("d", np.float64, [[1, 2, 300]])):
        np.testing.assert_array_equal(
            value_at(tmp_path / "a.mat", text, mapped=True)[1], np.array(expected, dtype), strict=True
        )
    assert value_at(tmp_path / "a.mat", "k", mapped=True)[1].dtype == np.int32


@pytest.mark.parametrize(
    ("value", "kind"),
    [(scipy.sparse.csc_matrix(np.eye(3)), "sparse"), ({"x": scipy.sparse.csc_matrix(np.eye(3))}, "struct")],
)
def test_sparse_arrays_are_left_to_scipy(tmp_path: Path, value: Any, kind: str) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"s": value, "w": np.eye(2)})
    assert value_at(tmp_path / "a.mat", "s", mapped=True)[0] == kind
    np.testing.assert_array_equal(value_at(tmp_path / "a.mat", "w", mapped=True)[1], np.eye(2))


def test_complex_arrays_are_left_to_scipy(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"z": np.array([[1 + 2j]])})
    np.testing.assert_array_equal(value_at(tmp_path / "a.mat", "z", mapped=True)[1], [[1 + 2j]])


def test_other_forms_are_not_mapped(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "compressed.mat", {"a": np.eye(9)}, do_compression=True)
    scipy.io.savemat(tmp_path / "v4.mat", {"a": np.eye(9)}, format="4")
    with_objects(tmp_path / "objects.mat", {"a": np.eye(9)}, {"net": "dlnetwork"})
    (tmp_path / "empty.mat").write_bytes(b"")
    (tmp_path / "text.mat").write_text("no MAT file" * 50)
    for path in sorted(tmp_path.iterdir()):
        assert map_file(path) is None, path
    assert map_file(tmp_path / "absent.mat") is None
    np.testing.assert_array_equal(value_at(tmp_path / "compressed.mat", "a", mapped=True)[1], np.eye(9))


def test_what_is_not_there(file: Path) -> None:
    with opened(file, mapped=True) as mapped:
        for text in ("absent", "struct.absent", "cells{9}"):
            with pytest.raises(PathError):
                mapped.node(parse_path(text))


@given(data=st.data())
def test_damage_is_an_error_or_a_value_and_nothing_else(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Cut short or with other bytes, the file gives values or a message, never a traceback."""
    path = tmp_path_factory.mktemp("damaged") / "a.mat"
    scipy.io.savemat(path, {"s": {"w": np.eye(3, dtype=np.float32), "t": "text"}, "c": cell([np.eye(2), "x"])})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(128, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(100, len(content)))])
    with suppress(XverifyError, PathError), opened(path, mapped=True) as file:
        for item in file.variables:
            assert isinstance(file.value(file.node(parse_path(item.name))), np.ndarray)


def test_scipy_is_not_imported_for_a_mapped_file(file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from xverify.bundle.matfile import opened; "
        f"f = opened(Path({str(file)!r}), mapped=True).__enter__(); assert f.variables; print('scipy' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"

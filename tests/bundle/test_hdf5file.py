"""MAT v7.3: classes, axis order, emptiness, damage. The files are hand-made; two witnesses wrote others: MATLAB and mat-io."""

from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
import pytest
import scipy.io
from hdf5_files import array, opaque, save_v73, sparse, with_header
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from xverify.bundle.mat_contents import Variable
from xverify.bundle.matfile import opened, read, variables
from xverify.bundle.variable_path import parse_path
from xverify.errors import XverifyError

Array = NDArray[Any]

NUMBERS = ["single", "double", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]


def value_at(path: Path, text: str) -> tuple[str, Array]:
    with opened(path) as file:
        node = file.node(parse_path(text))
        return node.kind, file.value(node)


def built(path: Path, build: Any) -> Path:
    with h5py.File(path, "w", userblock_size=512) as file:
        build(file)
    with_header(path)
    return path


@pytest.mark.parametrize("matlab_class", NUMBERS)
def test_numbers_of_every_class(tmp_path: Path, matlab_class: str) -> None:
    dtype = {"single": np.float32, "double": np.float64}.get(matlab_class, matlab_class)
    value = np.arange(24).reshape(2, 3, 4).astype(dtype)
    path = save_v73(tmp_path / "a.mat", {"a": value})
    assert variables(path) == [Variable("a", matlab_class)]
    np.testing.assert_array_equal(read(path, Variable("a", matlab_class)), value, strict=True)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=5, min_side=0, max_side=4)))
def test_arrays_of_any_shape(tmp_path: Path, value: Array) -> None:
    path = save_v73(tmp_path / "a.mat", {"a": value})
    np.testing.assert_array_equal(value_at(path, "a")[1], value, strict=True)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0, 2)])
@pytest.mark.parametrize("matlab_class", ["double", "single", "char", "logical"])
def test_empty_arrays_hold_their_size(tmp_path: Path, shape: tuple[int, ...], matlab_class: str) -> None:
    path = built(tmp_path / "a.mat", lambda file: array(file, "a", np.zeros(shape), matlab_class))
    with opened(path) as file:
        node = file.node(parse_path("a"))
        assert node.shape == shape
        assert file.value(node).size in (0, shape[0])  # a char array with rows has as many empty texts


def test_logical_text_and_complex_values(tmp_path: Path) -> None:
    content = {"l": np.array([[True, False]]), "t": "größer", "z": np.array([[1 + 2j, 3]], np.complex64)}
    path = save_v73(tmp_path / "a.mat", content)
    assert value_at(path, "l")[0] == "logical"
    assert value_at(path, "l")[1].tolist() == [[1, 0]]
    assert value_at(path, "t")[1].tolist() == ["größer"]
    np.testing.assert_array_equal(value_at(path, "z")[1], content["z"])


def test_what_is_no_array_has_its_class_and_size(tmp_path: Path) -> None:
    path = save_v73(tmp_path / "a.mat", {"s": {"x": 1.0}, "m": ({"x": 1.0}, {"x": 2.0}), "c": [1.0, 2.0, 3.0]})
    with h5py.File(path, "a") as file:
        sparse(file, "w", 5, 7)
        opaque(file, "o", "dlarray")
        array(file, "f", np.zeros((1, 1), np.uint8), "function_handle", MATLAB_object_decode=np.int32(1))
    with opened(path) as opened_file:
        nodes = {item.name: opened_file.node(parse_path(item.name)) for item in opened_file.variables}
        kinds = {"s": "struct", "m": "struct", "c": "cell", "w": "sparse", "o": "dlarray", "f": "function_handle"}
        assert {name: node.kind for name, node in nodes.items()} == kinds
        sizes = {"s": (1, 1), "m": (1, 2), "c": (1, 3), "w": (5, 7)}
        assert {name: nodes[name].shape for name in sizes} == sizes
        assert all(opened_file.value(nodes[name]).dtype == object for name in kinds)


def test_an_empty_cell_element_is_an_empty_double(tmp_path: Path) -> None:
    path = save_v73(tmp_path / "a.mat", {"c": [np.zeros((0, 0)), 1.0]})
    with h5py.File(path, "a") as file:
        file[file["c"][0, 0]].attrs["MATLAB_class"] = np.bytes_("canonical empty")
    kind, value = value_at(path, "c{1}")
    assert kind == "double"
    assert value.shape == (0, 0)


def test_only_what_a_path_leads_to_is_read(tmp_path: Path) -> None:
    """A cell of all layers is larger than memory in the files that are v7.3 for their size."""
    import tracemalloc

    size = 400_000
    path = save_v73(tmp_path / "a.mat", {"res": [np.full((size, 1), float(i)) for i in range(10)]})
    tracemalloc.start()
    with opened(path) as file:
        for index in range(10):
            value = file.value(file.node(parse_path(f"res{{{index + 1}}}")))
            assert value.shape == (size, 1)
            assert value[-1, 0] == index
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 8 * size


def test_big_endian_numbers_become_this_machines(tmp_path: Path) -> None:
    path = built(tmp_path / "a.mat", lambda file: array(file, "a", np.ones((2, 3), ">f4"), "single"))
    np.testing.assert_array_equal(value_at(path, "a")[1], np.ones((2, 3), np.float32), strict=True)


def test_a_file_that_matlab_wrote() -> None:
    path = Path(scipy.io.__file__).parent / "matlab" / "tests" / "data" / "testhdf5_7.4_GLNX86.mat"
    if not path.is_file():
        pytest.skip("this scipy comes without its test data")
    assert variables(path) == [Variable("testdouble", "double")]
    np.testing.assert_allclose(read(path, Variable("testdouble", "double")), np.linspace(0, 2 * np.pi, 9)[None])


@pytest.mark.filterwarnings("ignore")
def test_what_another_package_writes_and_reads(tmp_path: Path) -> None:
    matio = pytest.importorskip("matio", reason="mat-io is not installed")
    value = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    matio.save_to_mat(str(tmp_path / "a.mat"), {"a": value, "s": {"x": value.astype(np.float64), "t": "text"}})
    np.testing.assert_array_equal(value_at(tmp_path / "a.mat", "a")[1], value, strict=True)
    np.testing.assert_array_equal(value_at(tmp_path / "a.mat", "s.x")[1], value)
    assert value_at(tmp_path / "a.mat", "s.t")[1].tolist() == ["text"]
    path = save_v73(tmp_path / "b.mat", {"a": value, "c": [value, "text"], "s": {"x": 1.0}})
    found = matio.load_from_mat(str(path))
    np.testing.assert_array_equal(found["a"], value)
    np.testing.assert_array_equal(found["c"][0, 0], value)


# --- what is refused -----------------------------------------------------------------------------------------------


def _without_class(file: Any) -> None:
    file["a"] = np.zeros((2, 3))


def _linked(file: Any) -> None:
    file["a"] = h5py.ExternalLink("other.h5", "/a")


def _falsely_empty(file: Any) -> None:
    file["a"] = np.array([10**9, 10**9], np.uint64)
    file["a"].attrs["MATLAB_class"] = np.bytes_("double")
    file["a"].attrs["MATLAB_empty"] = np.uint8(1)


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (_without_class, "/a has no MATLAB_class: MATLAB did not write it"),
        (_linked, "a is a link, which MATLAB does not write"),
        (_falsely_empty, "/a is marked as empty, but has the size"),
    ],
)
def test_what_matlab_did_not_write_is_refused(tmp_path: Path, build: Any, reason: str) -> None:
    path = built(tmp_path / "a.mat", build)
    with pytest.raises(XverifyError, match=f"is not a readable MAT file: {reason}"):
        value_at(path, "a")


def test_a_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = save_v73(tmp_path / "a.mat", {"a": np.random.default_rng(0).normal(size=(40, 50))})
    whole = path.read_bytes()
    for length in (512, 600, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(XverifyError, match="is not a readable MAT file") as caught:
            variables(path)
        assert "copy it again" in caught.value.hint


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(512, 20_000), st.integers(0, 255)), max_size=4))
def test_a_damaged_file_is_refused_or_read(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    path = save_v73(tmp_path / "a.mat", {"a": np.arange(2000.0).reshape(40, 50), "s": {"x": 1.0}, "c": [1.0]})
    content = bytearray(path.read_bytes())
    for position, byte in changes:
        content[position % len(content)] = byte
    path.write_bytes(content)
    try:
        for variable in variables(path):
            read(path, variable)
    except XverifyError:
        pass

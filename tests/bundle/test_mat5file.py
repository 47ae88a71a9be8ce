"""MAT v4 to v7: one variable at a time, whatever else the file holds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
from matlab_objects import with_objects
from numpy.typing import NDArray

from xverify.bundle import mat5file
from xverify.bundle.mat_contents import Variable
from xverify.bundle.matfile import cell, opened, read, variables
from xverify.bundle.variable_path import parse_path

Array = NDArray[Any]


def value_at(path: Path, text: str) -> tuple[str, Array]:
    with opened(path) as file:
        node = file.node(parse_path(text))
        return node.kind, file.value(node)


def test_objects_are_listed_with_their_class_beside_plain_variables(tmp_path: Path) -> None:
    path = with_objects(tmp_path / "a.mat", {"a": np.ones((2, 3))}, {"relu_1": "dlarray", "names": "string"})
    assert variables(path) == [Variable("a", "double"), Variable("relu_1", "dlarray"), Variable("names", "string")]
    assert value_at(path, "a")[1].shape == (2, 3)


def test_an_object_in_a_cell_has_its_class(tmp_path: Path) -> None:
    path = with_objects(tmp_path / "a.mat", {}, {"x": "dlarray"}, in_cell="acts")
    assert variables(path) == [Variable("acts", "cell")]
    assert value_at(path, "acts{1}")[0] == "double"
    assert value_at(path, "acts{2}")[0] == "dlarray"


def test_whole_numbers_in_cells_have_their_class(tmp_path: Path) -> None:
    """MATLAB stores the single [0 1 2] in a cell as bytes: ReLU often gives such a layer."""
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"c": cell([np.array([[0, 1, 2]], np.uint8), np.array([[0, 1, 2]], np.uint8)])})
    content = bytearray(path.read_bytes())
    first = content.index(bytes([9, 0, 0, 0, 0, 0, 0, 0]))  # mxUINT8_CLASS, in the flags of the first array
    for kind, name, dtype in ((7, "single", np.float32), (6, "double", np.float64)):
        content[first] = kind
        path.write_bytes(content)
        for _ in range(2):
            assert value_at(path, "c{1}")[0] == name
        np.testing.assert_array_equal(value_at(path, "c{1}")[1], np.array([[0, 1, 2]], dtype), strict=True)
        assert value_at(path, "c{2}")[0] == "uint8"


def test_complex_numbers_in_cells_keep_their_imaginary_part(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"c": cell([np.array([[1 + 2j]]), np.array([[1, 0]])])})
    np.testing.assert_array_equal(value_at(tmp_path / "a.mat", "c{1}")[1], [[1 + 2j]])


def test_a_variable_is_read_once_for_many_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"a": 1.0, "c": cell([np.full((2, 2), float(i)) for i in range(9)])})
    reads = []

    def counted(*arguments: Any, **options: Any) -> Any:
        reads.append(options["variable_names"])
        return scipy.io.loadmat(*arguments, **options)

    monkeypatch.setattr(mat5file, "loadmat", counted)
    with opened(tmp_path / "a.mat") as file:
        for index in range(9):
            np.testing.assert_array_equal(
                file.value(file.node(parse_path(f"c{{{index + 1}}}"))), np.full((2, 2), index)
            )
    assert reads == [["c"]]


def test_a_single_variable_of_a_large_file_needs_memory_for_itself_alone(tmp_path: Path) -> None:
    import tracemalloc

    size = 500_000
    scipy.io.savemat(tmp_path / "a.mat", {f"layer_{i}": np.full((size, 1), float(i)) for i in range(10)})
    tracemalloc.start()
    with opened(tmp_path / "a.mat") as file:
        for variable in file.variables:
            assert file.value(file.node(parse_path(variable.name))).shape == (size, 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 8 * size


@pytest.mark.parametrize("order", ["little", "big"])
def test_files_of_either_byte_order(order: str) -> None:
    path = Path(scipy.io.__file__).parent / "matlab" / "tests" / "data" / f"{order}_endian.mat"
    if not path.is_file():
        pytest.skip("this scipy comes without its test data")
    names = [variable.name for variable in variables(path)]
    assert names == ["floats", "strings"]
    assert value_at(path, "floats")[1].ravel().tolist() == scipy.io.loadmat(path)["floats"].ravel().tolist()


def test_version_4_is_read(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"a": np.arange(6.0).reshape(2, 3), "t": "text"}, format="4")
    assert dict(variables(tmp_path / "a.mat")) == {"a": "double", "t": "char"}
    np.testing.assert_array_equal(read(tmp_path / "a.mat", Variable("a", "double")), np.arange(6.0).reshape(2, 3))


DATA = Path(__file__).parents[3] / "shared" / "data" / "matlab-made"


def test_networks_that_matlab_saved_have_their_class() -> None:
    if not DATA.is_dir():
        pytest.skip(f"the files that MATLAB saved are not here: {DATA}")
    for name in ("unet113_2019.mat", "unet113_2024b.mat"):
        assert [kind for _, kind in variables(DATA / "unet" / name)] == ["DAGNetwork"]

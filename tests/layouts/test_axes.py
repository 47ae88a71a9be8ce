"""The axis patterns: checked by index, never by the same transpose."""

import numpy as np
import pytest

from xverify.layouts.axes import axis_lengths, channel_axes, inverse, matlab_dims, rearrange, rearranged_shape


def numbered(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.arange(np.prod(shape)).reshape(shape)


def test_permutation() -> None:
    array = numbered(2, 3, 4, 5)
    moved = rearrange(array, "O I H W -> H W I O")
    assert moved.shape == (4, 5, 3, 2)
    assert all(moved[h, w, i, o] == array[o, i, h, w] for o, i, h, w in np.ndindex(2, 3, 4, 5))


def test_split_axis_has_its_first_name_slowest() -> None:
    array = numbered(6, 5)
    moved = rearrange(array, "(G O) I -> I O G", G=2)
    assert moved.shape == (5, 3, 2)
    assert all(moved[i, o, g] == array[3 * g + o, i] for i, o, g in np.ndindex(5, 3, 2))


def test_merged_axis_has_its_first_name_slowest() -> None:
    array = numbered(2, 3, 5)
    moved = rearrange(array, "D G I -> I (D G)")
    assert moved.shape == (5, 6)
    assert all(moved[i, 3 * d + g] == array[d, g, i] for d, g, i in np.ndindex(2, 3, 5))


def test_a_group_of_three_needs_two_sizes() -> None:
    assert rearrange(numbered(24), "(A B C) -> C A B", A=2, B=3).shape == (4, 2, 3)
    with pytest.raises(ValueError, match=r"'\(A B C\) -> C A B' needs the size of B or C"):
        rearrange(numbered(24), "(A B C) -> C A B", A=2)


def test_singletons_are_inserted_and_removed() -> None:
    assert rearrange(numbered(3), "C -> 1 1 C").tolist() == [[[0, 1, 2]]]
    assert rearrange(numbered(1, 3, 1), "1 C 1 -> C").tolist() == [0, 1, 2]


def test_no_axes_at_all() -> None:
    assert rearrange(np.array(7.0), " -> 1 1").tolist() == [[7.0]]


def test_empty_arrays_keep_their_lengths() -> None:
    assert rearrange(np.zeros((0, 3)), "A B -> B A").shape == (3, 0)


def test_a_permutation_is_a_view() -> None:
    array = numbered(2, 3)
    assert np.shares_memory(rearrange(array, "O I -> I O"), array)


def test_dtype_is_unchanged() -> None:
    assert rearrange(np.zeros((2, 3), np.float16), "A B -> B A").dtype == np.float16


@pytest.mark.parametrize(
    ("pattern", "sizes"),
    [
        ("O I H W -> H W I O", {}),
        ("(G O) I -> I O G", {"G": 2}),
        ("D G -> (D G) 1", {"D": 2}),
        ("C -> 1 1 C", {}),
        (" -> ", {}),
    ],
)
def test_inverse_undoes(pattern: str, sizes: dict[str, int]) -> None:
    shapes = {
        "O I H W -> H W I O": (2, 3, 4, 5),
        "(G O) I -> I O G": (6, 5),
        "D G -> (D G) 1": (2, 3),
        "C -> 1 1 C": (4,),
        " -> ": (),
    }
    array = numbered(*shapes[pattern])
    lengths = axis_lengths(array.shape, pattern, **sizes)
    moved = rearrange(array, pattern, **sizes)
    assert moved.shape == rearranged_shape(array.shape, pattern, **sizes)
    np.testing.assert_array_equal(rearrange(moved, inverse(pattern), **lengths), array, strict=True)


@pytest.mark.parametrize(
    "pattern",
    [
        *("O I", "O I -> O", "O -> O I", "O O -> O", "O -> O O", "O I => I O", "A -> B -> A"),
        *("(O -> O", "O) -> O", "((O)) -> O", "2 O -> O", "O* -> O", "(O 1) -> O", "() -> 1"),
    ],
)
def test_malformed_patterns_are_named(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"axis pattern|must name the same axes") as error:
        rearrange(numbered(2, 3), pattern)
    assert f"'{pattern}'" in str(error.value)


@pytest.mark.parametrize(
    ("shape", "pattern", "sizes", "message"),
    [
        ((2, 3), "A B C -> C B A", {}, r"3 axes on its left, the array has the shape \(2, 3\)"),
        ((2, 3), "1 A -> A", {}, "does not fit"),
        ((7, 3), "(G O) I -> I O G", {"G": 2}, "does not fit"),
        ((6, 3), "(G O) I -> I O G", {"G": 0}, "does not fit"),
        ((6, 3), "(G O) I -> I O G", {"G": 2, "O": 4}, "does not fit"),
        ((6, 3), "O I -> I O", {"O": 5}, "does not fit"),
        ((6, 3), "O I -> I O", {"Q": 5}, "no axis Q"),
    ],
)
def test_arrays_that_do_not_fit(shape: tuple[int, ...], pattern: str, sizes: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rearrange(numbered(*shape), pattern, **sizes)


def test_channel_axes() -> None:
    assert [channel_axes("C", rank) for rank in range(4)] == ["C -> C 1", "C -> 1 C", "C -> 1 1 C", "C -> 1 1 1 C"]


@pytest.mark.parametrize(
    ("dims", "expected"),
    [
        ("NCHW", ("SSCB", (2, 3, 1, 0))),
        ("NC", ("CB", (1, 0))),
        ("NCL", ("SCB", (2, 1, 0))),
        ("NCDHW", ("SSSCB", (3, 4, 2, 1, 0))),
        ("NLC", ("CTB", (2, 1, 0))),
        ("UUU", ("UUU", (0, 1, 2))),
        ("", ("", ())),
    ],
)
def test_matlab_dims(dims: str, expected: tuple[str, tuple[int, ...]]) -> None:
    assert matlab_dims(dims) == expected

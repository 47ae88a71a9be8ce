"""Elements in another order: torch's reshape and permute, and numpy's order='F', which is MATLAB's."""

import numpy as np
import pytest
from suspects import Made, fitting, kinds, random, suspect

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.reshape_order import reshape_order

VIEW = Made("view", "Reshape")


def test_a_column_major_reshape_is_found() -> None:
    given = random(4, 6)
    found = np.reshape(given.numpy(), (4, 2, 3), order="F")
    explained = fitting(suspect(found, given.reshape(4, 2, 3), given, made=VIEW), ACTIVATION_HYPOTHESES)
    assert {item.kind for item in explained} == {"reshape order"}
    assert "column by column" in explained[0].statement


def test_the_matlab_line_is_pytorchs_reshape() -> None:
    """permute(reshape(permute(X, ...), size), ...), with numpy's order='F' for MATLAB's reshape."""
    given = random(2, 3, 4).numpy()
    turned = np.reshape(given.transpose(2, 1, 0), (4, 6), order="F").transpose(1, 0)
    np.testing.assert_array_equal(turned, given.reshape(6, 4))
    found = np.reshape(given, (6, 4), order="F")
    line = fitting(suspect(found, given.reshape(6, 4), given, made=VIEW), [reshape_order])[0].fix[0]
    assert "permute(reshape(permute(X, [3 2 1]), [4 6]), [2 1])" in line


def test_a_reshape_of_a_transposed_input_is_found() -> None:
    given = random(2, 3, 4, 5)
    subject = suspect(given.permute(0, 2, 3, 1).reshape(2, 6, 10), given.reshape(2, 6, 10), given, made=VIEW)
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["reshape order"]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 3, 1, 2)])
def test_a_transpose_by_another_order_is_found(order: tuple[int, ...]) -> None:
    given = random(2, 3, 3, 3)
    made = Made("permute", "Transpose", settings={"perm": (0.0, 2.0, 3.0, 1.0)})
    found = fitting(suspect(given.permute(order), given.permute(0, 2, 3, 1), given, made=made), [reshape_order])
    assert [item.kind for item in found] == ["transpose order"]
    assert "[0, 2, 3, 1]" in found[0].fix[0]


def test_a_transpose_may_also_be_one_of_its_output() -> None:
    """Both say the same; the diagnosis names both."""
    given = random(2, 3, 3, 3)
    subject = suspect(given, given.permute(0, 2, 3, 1), given, made=Made("permute", "Transpose"))
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["axes permuted", "transpose order"]


def test_channels_last_memory_read_as_channels_first() -> None:
    right = random(2, 3, 4, 5)
    subject = suspect(right.permute(0, 2, 3, 1).reshape(2, 3, 4, 5), right, made=Made(dims="NCHW"))
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["memory order"]


def test_column_major_memory_read_row_by_row_and_the_other_way() -> None:
    right = random(3, 4, 5).numpy()
    for found in (right.ravel(order="F").reshape(3, 4, 5), np.reshape(right.ravel(), (3, 4, 5), order="F")):
        assert kinds(suspect(found, right), ACTIVATION_HYPOTHESES) == ["memory order"]


def test_other_faults_are_not_blamed_on_memory() -> None:
    given = random(2, 3, 4, 5)
    right = given.reshape(2, 60)
    for found in (right.flip(1), right * 1.1, random(2, 60, seed=1)):
        assert not fitting(suspect(found, right, given, made=VIEW), [reshape_order])

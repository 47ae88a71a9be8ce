"""Axes in another order, as torch's permute makes them, and other shapes of the same elements."""

from itertools import permutations

import numpy as np
import pytest
import torch
from suspects import Made, fitting, kinds, random, suspect

from xverify.bundle.bundle import as_stored
from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.axes_permuted import axes_permuted

IMAGE = Made(dims="NCHW")


@pytest.mark.parametrize("order", [order for order in permutations(range(4)) if order != (0, 1, 2, 3)])
def test_every_order_of_equal_or_different_sizes_is_found(order: tuple[int, ...]) -> None:
    for shape in ((2, 3, 4, 5), (3, 3, 3, 3)):
        right = random(*shape)
        found = fitting(suspect(right.permute(order), right, made=IMAGE), [axes_permuted])
        assert len(found) == 1
        assert found[0].kind == ("height and width exchanged" if order == (0, 1, 3, 2) else "axes permuted")


def test_square_images_say_how_to_tell_by_shape() -> None:
    right = random(2, 3, 6, 6)
    subject = suspect(right.transpose(2, 3), right, made=IMAGE)
    found = fitting(subject, ACTIVATION_HYPOTHESES)
    assert [item.kind for item in found] == ["height and width exchanged"]
    assert "Height and width have the same size here, 6" in found[0].evidence[0]
    assert "--input" in found[0].evidence[0]


def test_the_matlab_line_undoes_the_order() -> None:
    right = random(2, 3, 4, 5).numpy()
    subject = suspect(right.transpose(1, 0, 3, 2), right, made=IMAGE)
    line = fitting(subject, [axes_permuted])[0].fix[0]
    order = [int(digit) - 1 for digit in line.partition("[")[2].partition("]")[0].split()]
    stored = as_stored(subject.actual, subject.layer.array.permutation)
    np.testing.assert_array_equal(stored.transpose(order), as_stored(right, subject.layer.array.permutation))


@pytest.mark.parametrize(
    ("found", "right"), [((2, 12), (2, 3, 2, 2)), ((2, 5), (2, 5, 1, 1)), ((5,), (1, 5)), ((6, 4), (4, 6)), ((1,), ())]
)
def test_another_shape_of_the_same_elements_is_that(found: tuple[int, ...], right: tuple[int, ...]) -> None:
    value = random(*right)
    subject = suspect(value.reshape(found), value)
    assert kinds(subject, [axes_permuted]) == ["another shape"]


def test_axes_of_size_one_are_no_second_explanation() -> None:
    right = random(1, 3, 1, 5)
    subject = suspect(right.permute(2, 3, 0, 1), right, made=IMAGE)
    assert len(fitting(subject, [axes_permuted])) == 1


def test_other_faults_are_not_blamed_on_axes() -> None:
    right = random(2, 3, 5, 5)
    for found in (right.flip(1), right * 2, random(2, 3, 5, 5, seed=1), torch.rot90(right, 1, (2, 3))):
        assert not fitting(suspect(found, right, made=IMAGE), [axes_permuted])


def test_values_of_one_size_are_in_no_order() -> None:
    right = 100 + random(2, 3, 4, 5) * 0.01
    found = 100 + random(2, 3, 5, 4, seed=1) * 0.01
    assert not list(axes_permuted(suspect(found, right, made=IMAGE)))

"""Slices of torch that start elsewhere."""

import pytest
from suspects import Made, fitting, kinds, random, suspect

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.slice_offset import slice_offset

X = random(2, 3, 16, 17)


@pytest.mark.parametrize(
    ("right", "found"),
    [
        ((slice(1, 6), slice(None)), (slice(2, 7), slice(None))),
        ((slice(0, 12, 2), slice(None)), (slice(1, 12, 2), slice(None))),
    ],
)
def test_a_slice_that_starts_elsewhere_is_found(right: tuple[slice, slice], found: tuple[slice, slice]) -> None:
    subject = suspect(X[:, :, *found], X[:, :, *right], X, made=Made("slice", "Slice"))
    assert kinds(subject, ACTIVATION_HYPOTHESES)[0] == "slice offset"


def test_the_starts_and_steps_are_named() -> None:
    subject = suspect(X[:, 1:, 3:9], X[:, 1:, 2:8], X[:, 1:], made=Made("slice", "Slice", "NCHW"))
    found = fitting(subject, [slice_offset])
    assert found[0].statement == "The slice along height starts at 3 with step 1, not at 2 with step 1."


def test_other_faults_and_layers_are_not_blamed_on_it() -> None:
    right = X[:, :, 2:8]
    for found in (right + 0.1, right.flip(2), 2 * right):
        assert not fitting(suspect(found, right, X, made=Made("slice", "Slice")), [slice_offset])
    assert not fitting(suspect(X[:, :, 3:9], right, X, made=Made("conv2d")), [slice_offset])

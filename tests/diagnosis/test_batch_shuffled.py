"""Batches in another order, as torch's indexing makes them."""

import torch
from suspects import Made, fitting, kinds, random, suspect

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.batch_shuffled import batch_shuffled

IMAGE = Made(dims="NCHW")


def test_any_order_of_a_large_batch_is_found_alone() -> None:
    right = random(64, 3, 6, 7)
    order = torch.randperm(64, generator=torch.Generator().manual_seed(2))
    noise = 1e-6 * random(64, 3, 6, 7, seed=3)
    subject = suspect(right[order] + noise, right, made=IMAGE, allowed=1e-4)
    found = fitting(subject, ACTIVATION_HYPOTHESES)
    assert [item.kind for item in found] == ["batch order"]
    assert ", ".join(map(str, order[:12].tolist())) in found[0].statement
    assert found[0].fitted == 64


def test_samples_that_are_equal_do_not_hide_the_order() -> None:
    right = random(6, 4, 5)
    right[3] = right[1]
    assert kinds(suspect(right[[2, 0, 1, 5, 4, 3]], right, made=Made(dims="NCL")), [batch_shuffled]) == ["batch order"]


def test_an_axis_without_meaning_is_no_batch() -> None:
    right = random(4, 5)
    assert kinds(suspect(right[[1, 2, 0, 3]], right), ACTIVATION_HYPOTHESES) == ["order along axis 0"]


def test_other_faults_are_not_blamed_on_the_batch() -> None:
    right = random(6, 3, 4, 4)
    for found in (right.flip(0), right[:, [1, 2, 0]], right + 0.1, right[[0, 0, 1, 2, 3, 4]]):
        assert not fitting(suspect(found, right, made=IMAGE), [batch_shuffled])

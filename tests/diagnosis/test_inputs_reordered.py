"""Layers of torch that read a reordered input."""

import torch
from suspects import Made, fitting, kinds, random, suspect

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.inputs_reordered import inputs_reordered

X, Y = random(2, 3, 5, 5), random(2, 3, 5, 5, seed=1)


def test_a_flattening_of_bgr_is_found() -> None:
    made = Made("view", "Flatten")
    subject = suspect(X.flip(1).flatten(1), X.flatten(1), X, made=made)
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["input channels reversed"]


def test_one_operand_with_height_and_width_exchanged_is_found() -> None:
    found = fitting(suspect(X + Y.transpose(2, 3), X + Y, X, Y, made=Made("add")), ACTIVATION_HYPOTHESES)
    assert [item.kind for item in found] == ["input height and width exchanged"]
    assert "input 2" in found[0].statement


def test_one_joined_input_with_reversed_channels_is_found() -> None:
    subject = suspect(torch.cat([X.flip(1), Y], 1), torch.cat([X, Y], 1), X, Y, made=Made("cat"))
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["input channels reversed"]


def test_other_faults_are_not_blamed_on_inputs() -> None:
    for found in (X + Y + 1, (X + Y).flip(1), X.flip(2) + Y):
        assert not fitting(suspect(found, X + Y, X, Y, made=Made("add")), [inputs_reordered])
    assert not fitting(suspect(X.flip(1).relu(), X.relu(), X, made=Made("relu")), [inputs_reordered])

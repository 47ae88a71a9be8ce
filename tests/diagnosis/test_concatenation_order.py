"""torch.cat in other orders and along other axes."""

import torch
from suspects import Made, fitting, kinds, random, suspect

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.concatenation_order import concatenation_order

CAT = Made("cat", "depthConcatenationLayer", "NCHW", {"dim": 1.0})


def test_another_order_is_found() -> None:
    parts = [random(2, width, 4, 5, seed=width) for width in (2, 3, 4)]
    subject = suspect(torch.cat([parts[1], parts[2], parts[0]], 1), torch.cat(parts, 1), *parts, made=CAT)
    found = fitting(subject, [concatenation_order])
    assert [item.kind for item in found] == ["concatenation order"]
    assert "order 2, 3, 1" in found[0].statement


def test_many_inputs_are_tried_backwards() -> None:
    parts = [random(2, 2, 3, seed=number) for number in range(8)]
    subject = suspect(torch.cat(parts[::-1], 1), torch.cat(parts, 1), *parts, made=CAT)
    assert kinds(subject, [concatenation_order]) == ["concatenation order"]


def test_an_input_that_stands_twice_is_found() -> None:
    first, second = random(2, 3, 4, 4), random(2, 3, 4, 4, seed=1)
    subject = suspect(torch.cat([second, second], 1), torch.cat([first, second], 1), first, second, made=CAT)
    found = fitting(subject, ACTIVATION_HYPOTHESES)
    assert {item.kind for item in found} == {"concatenation order"}
    assert "One of them is not there" in found[0].statement


def test_another_axis_is_found() -> None:
    first, second = random(2, 3, 4, 4), random(2, 3, 4, 4, seed=1)
    subject = suspect(torch.cat([first, second], 2), torch.cat([first, second], 1), first, second, made=CAT)
    found = fitting(subject, ACTIVATION_HYPOTHESES)
    assert [item.kind for item in found][:1] == ["concatenation axis"]
    assert "along height, not along channels" in found[0].statement


def test_other_faults_and_other_layers_are_not_blamed_on_it() -> None:
    first, second = random(2, 3, 4, 4), random(2, 3, 4, 4, seed=1)
    right = torch.cat([first, second], 1)
    assert not fitting(suspect(right.flip(1), right, first, second, made=CAT), [concatenation_order])
    assert not fitting(suspect(right + 0.1, right, first, second, made=CAT), [concatenation_order])
    swapped = torch.cat([second, first], 1)
    assert not fitting(suspect(swapped, right, first, second, made=Made("add")), [concatenation_order])


def test_the_order_of_many_inputs_is_seen_in_the_values() -> None:
    parts = [random(2, 2, 3, seed=number) for number in range(8)]
    order = [3, 0, 1, 2, 7, 5, 6, 4]
    wrong = torch.cat([parts[index] for index in order], 1)
    (found,) = fitting(suspect(wrong, torch.cat(parts, 1), *parts, made=CAT), [concatenation_order])
    assert "order 4, 1, 2, 3, 8, 6, 7, 5" in found.statement


def test_two_inputs_of_one_element_are_a_join_before_they_are_a_reversed_axis() -> None:
    first, second = random(4, 1), random(4, 1, seed=1)
    subject = suspect(torch.cat([second, first], 1), torch.cat([first, second], 1), first, second, made=CAT)
    found = kinds(subject, ACTIVATION_HYPOTHESES)
    assert found[0] == "concatenation order"
    assert len(found) > 1  # and so is not certain

"""torch's softmax and log-softmax, left out, added, doubled and over other axes."""

import pytest
import torch
from suspects import Made, fitting, kinds, random, suspect
from torch.nn.functional import log_softmax
from torch.nn.functional import softmax as torch_softmax

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.softmax import softmax

X = random(4, 10)
SOFTMAX = Made("softmax", "softmaxLayer", settings={"dim": 1.0})
LOG_SOFTMAX = Made("log_softmax", "LogSoftmax", settings={"axis": 1.0})


@pytest.mark.parametrize(
    ("made", "right", "found", "kind"),
    [
        (SOFTMAX, torch_softmax(X, 1), X, "softmax missing"),
        (SOFTMAX, torch_softmax(X, 1), torch_softmax(X, 0), "softmax axis"),
        (SOFTMAX, torch_softmax(X, 1), log_softmax(X, 1), "log-softmax"),
        (SOFTMAX, torch_softmax(X, 1), torch_softmax(torch_softmax(X, 1), 1), "softmax doubled"),
        (LOG_SOFTMAX, log_softmax(X, 1), torch_softmax(X, 1), "log-softmax"),
        (LOG_SOFTMAX, log_softmax(X, 1), log_softmax(X, 0), "softmax axis"),
        (LOG_SOFTMAX, log_softmax(X, 1), X, "softmax missing"),
        (Made("linear", dims="NC"), X, torch_softmax(X, 1), "softmax added"),
        (Made("linear", dims="NC"), X, log_softmax(X, 1), "softmax added"),
    ],
)
def test_each_is_found_alone(made: Made, right: torch.Tensor, found: torch.Tensor, kind: str) -> None:
    given = (X,) if "softmax" in made.operation else ()
    assert kinds(suspect(found, right, *given, made=made), ACTIVATION_HYPOTHESES) == [kind]


def test_a_softmax_over_pixels_is_named() -> None:
    image = random(2, 3, 5, 5)
    found = torch_softmax(image, 3)
    explained = fitting(suspect(found, torch_softmax(image, 1), image, made=Made("softmax", dims="NCHW")), [softmax])
    assert [item.kind for item in explained] == ["softmax axis"]
    assert "over width" in explained[0].statement


def test_probabilities_of_something_else_are_not_blamed_on_it() -> None:
    assert not fitting(suspect(torch_softmax(2 * X, 1), X, made=Made("linear")), [softmax])
    assert not fitting(suspect(torch_softmax(2 * X, 1), torch_softmax(X, 1), X, made=SOFTMAX), [softmax])
    assert not fitting(suspect(torch_softmax(X, 1) + 0.1, torch_softmax(X, 1), X, made=SOFTMAX), [softmax])

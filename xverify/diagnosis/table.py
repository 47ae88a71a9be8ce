"""All hypotheses, the most common first. Of those that fit, the one with the fewest fitted numbers is reported, and the earliest."""

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.explanation import Hypothesis
from xverify.diagnosis.flatten_order import flatten_order
from xverify.diagnosis.weight_table import WEIGHT_HYPOTHESES

HYPOTHESES: tuple[Hypothesis, ...] = (flatten_order, *ACTIVATION_HYPOTHESES, *WEIGHT_HYPOTHESES)

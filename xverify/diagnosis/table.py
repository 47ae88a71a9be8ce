"""All hypotheses, the cheapest and most common first. The first that fits is reported; others that fit are named beside it."""

from xverify.diagnosis.explanation import Hypothesis
from xverify.diagnosis.flatten_order import flatten_order

HYPOTHESES: tuple[Hypothesis, ...] = (flatten_order,)

"""All hypotheses. Of those that fit, the one with the fewest fitted numbers is reported, and of these the earliest.

What names a parameter says more than what only names an order or a factor of the values: it stands first.
"""

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.explanation import Hypothesis
from xverify.diagnosis.flatten_order import flatten_order
from xverify.diagnosis.weight_table import WEIGHT_HYPOTHESES

HYPOTHESES: tuple[Hypothesis, ...] = (flatten_order, *WEIGHT_HYPOTHESES, *ACTIVATION_HYPOTHESES)

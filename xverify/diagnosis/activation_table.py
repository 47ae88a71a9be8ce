"""The hypotheses that need activations alone, the cheapest and most common first; those that fit numbers come last."""

from xverify.diagnosis.activation_doubled import activation_doubled
from xverify.diagnosis.activation_missing import activation_missing
from xverify.diagnosis.activation_variants import activation_variants
from xverify.diagnosis.axes_permuted import axes_permuted
from xverify.diagnosis.batch_shuffled import batch_shuffled
from xverify.diagnosis.channels_shuffled import channels_shuffled
from xverify.diagnosis.concatenation_order import concatenation_order
from xverify.diagnosis.dead_output import dead_output
from xverify.diagnosis.dropout_active import dropout_active
from xverify.diagnosis.elementwise_operand import elementwise_operand
from xverify.diagnosis.explanation import Hypothesis
from xverify.diagnosis.flipped_axes import flipped_axes
from xverify.diagnosis.input_normalization import input_normalization
from xverify.diagnosis.inputs_reordered import inputs_reordered
from xverify.diagnosis.integer_rounding import integer_rounding
from xverify.diagnosis.not_finite import not_finite
from xverify.diagnosis.reduction_axis import reduction_axis
from xverify.diagnosis.reshape_order import reshape_order
from xverify.diagnosis.scale_and_offset import scale_and_offset
from xverify.diagnosis.shifted import shifted
from xverify.diagnosis.slice_offset import slice_offset
from xverify.diagnosis.softmax import softmax

ACTIVATION_HYPOTHESES: tuple[Hypothesis, ...] = (
    not_finite,
    dead_output,
    concatenation_order,
    axes_permuted,
    flipped_axes,
    reshape_order,
    slice_offset,
    elementwise_operand,
    softmax,
    activation_missing,
    activation_variants,
    activation_doubled,
    reduction_axis,
    inputs_reordered,
    input_normalization,
    batch_shuffled,
    channels_shuffled,
    shifted,
    dropout_active,
    integer_rounding,
    scale_and_offset,
)

"""Hypotheses that work a layer out from its inputs and PyTorch's parameters, the cheapest and most common first."""

from xverify.diagnosis.batch_statistics import batch_statistics
from xverify.diagnosis.bias_missing import bias_missing
from xverify.diagnosis.ceil_mode import ceil_mode
from xverify.diagnosis.channels_reversed import channels_reversed
from xverify.diagnosis.epsilon import epsilon
from xverify.diagnosis.explanation import Hypothesis
from xverify.diagnosis.gru_gates import gru_gates
from xverify.diagnosis.kernel_exchanged import kernel_exchanged
from xverify.diagnosis.linear_layout import linear_layout
from xverify.diagnosis.lstm_gates import lstm_gates
from xverify.diagnosis.missing_groups import missing_groups
from xverify.diagnosis.normalisation_parts import normalisation_parts
from xverify.diagnosis.pad_layer import pad_layer
from xverify.diagnosis.padding import padding
from xverify.diagnosis.pooling_kind import pooling_kind
from xverify.diagnosis.pooling_padding import pooling_padding
from xverify.diagnosis.recurrent_layout import recurrent_layout
from xverify.diagnosis.resize_alignment import resize_alignment
from xverify.diagnosis.scale_of_weights import scale_of_weights
from xverify.diagnosis.stride_offset import stride_offset
from xverify.diagnosis.unnormalized_image import unnormalized_image
from xverify.diagnosis.variance_correction import variance_correction
from xverify.diagnosis.weight_exchanged import weight_exchanged
from xverify.diagnosis.weights_rounded import weights_rounded

WEIGHT_HYPOTHESES: tuple[Hypothesis, ...] = (
    bias_missing,
    batch_statistics,
    epsilon,
    kernel_exchanged,
    linear_layout,
    channels_reversed,
    unnormalized_image,
    missing_groups,
    pooling_kind,
    ceil_mode,
    pooling_padding,
    padding,
    pad_layer,
    stride_offset,
    resize_alignment,
    lstm_gates,
    gru_gates,
    recurrent_layout,
    normalisation_parts,
    variance_correction,
    weight_exchanged,
    weights_rounded,
    scale_of_weights,
)
"""The last ones are fitted to the found values, or are tried with many parameters."""

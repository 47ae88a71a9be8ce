"""A GRU whose gates stand in another order, whose reset gate comes at another place, or whose biases are not PyTorch's."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.gates import scaled_biases
from xverify.diagnosis.kernels.gru import gru_step
from xverify.diagnosis.kernels.read_recurrent import GRU, recurrent_of
from xverify.diagnosis.kernels.recurrent import Recurrent
from xverify.diagnosis.kernels.recurrent_claims import gate_orders, recurrent_weights
from xverify.diagnosis.kernels.recurrent_trial import Changes, RecurrentTrial, advanced, mapped
from xverify.diagnosis.suspect import Suspect

_KNOWN = ("zrn", "ONNX's and Keras' order")
_ORDER = (
    "MATLAB: the rows are reset, update, candidate, as PyTorch's r, z, n.",
    "ONNX: the rows of W, R and B are z, r, h.",
    "PyTorch: weight_ih_l0 and weight_hh_l0 are r, z, n.",
)
_RESET = (
    "MATLAB: 'ResetGateMode', 'recurrent-bias-after-multiplication'.",
    "ONNX: linear_before_reset = 1.",
    "PyTorch: n = tanh(W x + b_ih + r * (R h + b_hh)).",
)
_BIAS = (
    "MATLAB: Bias is bias_ih_l0 over bias_hh_l0, (6 * hidden, 1).",
    "ONNX: B is bias_ih and bias_hh one after the other.",
)


def gru_gates(suspect: Suspect) -> Iterator[Explanation]:
    """For GRUs, bidirectional ones too."""
    layer = recurrent_of(suspect)
    if layer is None or suspect.step is None or suspect.step.op not in GRU:
        return
    trial = RecurrentTrial(suspect, layer, forwards=True)
    yield from trial.explanations(
        (
            *gate_orders(layer, "rzn", _KNOWN, _ORDER),
            *_resets(layer),
            *_biases(layer),
            *recurrent_weights(layer, gates=3),
        )
    )


def _resets(layer: Recurrent) -> Iterator[tuple[Claim, Changes]]:
    statement = "The reset gate is applied to the hidden state before its multiplication with the recurrent weights."
    yield Claim("reset gate", statement, _RESET), advanced(layer, gru_step("before multiplication"))
    statement = "The reset gate is applied after the multiplication, but not to the recurrent bias."
    yield Claim("reset gate", statement, _RESET), advanced(layer, gru_step("after multiplication"))
    fix = ("PyTorch and MATLAB: h = (1 - z) * n + z * h.", "ONNX: the same.")
    claim = Claim("update gate", "The update gate takes the candidate, where PyTorch's keeps the old state.", fix)
    yield claim, advanced(layer, gru_step(exchanged=True))


def _biases(layer: Recurrent) -> Iterator[tuple[Claim, Changes]]:
    for kind, statement, own, hidden in (
        ("bias missing", "The input's bias is missing.", 0, 1),
        ("bias missing", "The hidden state's bias is missing.", 1, 0),
        ("bias missing", "Both biases are missing.", 0, 0),
        ("bias doubled", "Both biases are added twice.", 2, 2),
        ("bias doubled", "The input's bias is added twice.", 2, 1),
        ("bias doubled", "The hidden state's bias is added twice.", 1, 2),
        ("bias of wrong sign", "Both biases are subtracted.", -1, -1),
    ):
        yield Claim(kind, statement, _BIAS), mapped(layer, partial(scaled_biases, own=own, hidden=hidden))
    claim = Claim("biases exchanged", "The biases of input and hidden state are exchanged.", _BIAS)
    yield claim, mapped(layer, lambda cell: replace(cell, bias=cell.recurrent_bias, recurrent_bias=cell.bias))

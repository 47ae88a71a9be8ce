"""Which causes are right for which kind of fault: the only place where the fault's name and the diagnosis' meet.

A kind of fault that maps to nothing has no cause file: it must be found, and no wrong cause may be claimed for it with
certainty. Several causes are right where they say the same of the same values: windows that begin one pixel later are padding
that moved, and a lost bias is an offset where the weights are not known.
"""

from collections.abc import Mapping

_BATCH = frozenset({"batch order", "order along axis 0", "axis reversed"})
_FLATTENING = frozenset({"flatten order", "reshape order", "memory order"})
_NONE = frozenset[str]()

ACCEPTED: Mapping[str, frozenset[str]] = {
    "kernel H/W exchanged": frozenset({"kernel exchanged"}),
    "kernel flipped": frozenset({"kernel flipped"}),
    "input channels reversed": frozenset({"input channels reversed", "channels RGB/BGR"}),
    "output channels reversed": frozenset({"output channels reversed", "channels reversed", "axis reversed"}),
    "weights of another layer": frozenset({"parameters exchanged"}),
    "bias dropped": frozenset({"bias missing", "offset missing", "offset"}),
    "bias sign": frozenset({"bias of wrong sign", "offset of wrong sign", "offset"}),
    "linear weight transposed": frozenset({"weight transposed"}),
    "BatchNorm mean not subtracted": frozenset({"mean not subtracted"}),
    "BatchNorm variance n/(n-1)": frozenset({"variance correction"}),
    "weights rounded to float16": frozenset({"weights in float16"}),
    "weights rounded to bfloat16": frozenset({"weights in bfloat16"}),
    "weights rounded to int8": frozenset({"weights in int8"}),
    "one weight off by 1%": _NONE,
    "one weight off by 0.01%": _NONE,
    "output scaled by 1 + 1e-3": frozenset({"scale", "scale of weights"}),
    "output scaled by 1 + 1e-5": frozenset({"scale", "scale of weights"}),
    "output scaled by 1 + 1e-6": frozenset({"scale", "scale of weights"}),
    "BatchNorm epsilon": frozenset({"epsilon"}),
    "LayerNorm epsilon": frozenset({"epsilon"}),
    "InstanceNorm or GroupNorm epsilon": frozenset({"epsilon"}),
    "BatchNorm batch statistics": frozenset({"batch statistics"}),
    "activation missing": frozenset({"activation missing"}),
    "activation doubled": frozenset({"activation doubled"}),
    "ReLU to LeakyReLU(0.01)": frozenset({"activation variant", "another activation"}),
    "GELU erf to tanh": frozenset({"activation variant"}),
    "softmax missing": frozenset({"softmax missing"}),
    "softmax axis": frozenset({"softmax axis"}),
    "padding moved": frozenset({"padding amounts", "shifted"}),
    "padding by the edge": frozenset({"padding mode"}),
    "count_include_pad": frozenset({"count_include_pad"}),
    "stride offset": frozenset({"stride offset", "padding amounts", "shifted"}),
    "ceil mode": frozenset({"ceil mode"}),
    "resize align_corners": frozenset({"resize alignment"}),
    "flatten order: column-major": _FLATTENING,
    "flatten order: channels last": _FLATTENING,
    "concat order": frozenset({"concatenation order"}),
    "residual missing": frozenset({"operand missing"}),
    "batch order shuffled": _BATCH,
    "LSTM gate order": frozenset({"gate order"}),
    "GRU gate order": frozenset({"gate order"}),
    "LSTM bias dropped": frozenset({"bias missing"}),
    "LSTM recurrent bias dropped": frozenset({"bias missing"}),
    "GRU bias dropped": frozenset({"bias missing"}),
    "GRU reset mode": frozenset({"reset gate"}),
    "input / 255 missing": frozenset({"input normalisation"}),
    "input mean/std missing": frozenset({"input normalisation"}),
    "input mean/std doubled": frozenset({"input normalisation"}),
    "NaN in one element": frozenset({"NaN or Inf"}),
    "output all zero": frozenset({"dead output"}),
    "H/W exchanged in activations": frozenset({"height and width exchanged", "axes permuted"}),
    "axes permuted in activations": frozenset({"axes permuted", "height and width exchanged"}),
    "batch order shuffled in activations": _BATCH,
}

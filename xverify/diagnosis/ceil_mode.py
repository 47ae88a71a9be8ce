"""A pooling whose number of windows is rounded up where PyTorch rounds down, or the other way round."""

from collections.abc import Iterator
from dataclasses import replace

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.read_pooling import pooling_of
from xverify.diagnosis.kernels.trial import PartTrial
from xverify.diagnosis.suspect import Suspect


def ceil_mode(suspect: Suspect) -> Iterator[Explanation]:
    """For poolings."""
    layer = pooling_of(suspect)
    if layer is None or suspect.same_shape:
        return
    way, usual = ("down", "up") if layer.ceil else ("up", "down")
    trial = PartTrial(suspect)
    for include in dict.fromkeys((layer.include, not layer.include)):
        changed = replace(layer, ceil=not layer.ceil, include=include)
        value = trial.value(changed, changed.output_shape(suspect.inputs[0].shape))
        if value is None:
            continue
        also = (
            ""
            if include == layer.include
            else f" And the average {'counts' if include else 'does not count'} the padding."
        )
        claim = Claim(
            "ceil mode",
            f"The number of windows is rounded {way} instead of {usual}.{also}",
            (
                "MATLAB: poolings round down; what a last window needs beyond the image is written as 'Padding' behind.",
                f"ONNX: ceil_mode = {int(layer.ceil)}.",
                f"PyTorch: ceil_mode={layer.ceil}.",
            ),
        )
        yield claim.with_value(value)
        return

"""A pooling of an image that was padded otherwise, and averages that count the padding where PyTorch's do not."""

from collections.abc import Iterator
from dataclasses import replace

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.paddings import amounts_claim, other_amounts
from xverify.diagnosis.kernels.pooling import Pooling
from xverify.diagnosis.kernels.read_pooling import pooling_of
from xverify.diagnosis.kernels.trial import PartTrial
from xverify.diagnosis.suspect import Suspect


def pooling_padding(suspect: Suspect) -> Iterator[Explanation]:
    """For max and average pooling."""
    layer = pooling_of(suspect)
    if layer is None:
        return
    trial = PartTrial(suspect)
    for claim, changed in (*_counting(layer), *_zeros(layer), *_amounts(suspect, layer)):
        value = trial.value(changed, changed.output_shape(suspect.inputs[0].shape))
        if value is not None:
            yield claim.with_value(value)


def _counting(layer: Pooling) -> Iterator[tuple[Claim, Pooling]]:
    """Averages over other numbers of elements, where there is a padding or a window that sticks out."""
    if layer.kind == "max" or layer.divisor is not None:
        return
    found = "counts" if not layer.include else "does not count"
    claim = Claim(
        "count_include_pad",
        f"The average {found} the padding's zeros, PyTorch's {'does' if layer.include else 'does not'}.",
        (
            f"MATLAB: averagePooling2dLayer's 'PaddingValue' is {'0' if layer.include else chr(39) + 'mean' + chr(39)}.",
            f"ONNX: AveragePool with count_include_pad = {int(layer.include)}.",
            f"PyTorch: count_include_pad={layer.include}, PyTorch's default is True.",
        ),
    )
    yield claim, replace(layer, include=not layer.include)


def _zeros(layer: Pooling) -> Iterator[tuple[Claim, Pooling]]:
    if layer.kind == "max" and any((*layer.windows.before, *layer.windows.after)):
        claim = Claim(
            "padding value",
            "The maximum is taken over zeros in the padding too; PyTorch's padding is minus infinity.",
            (
                "MATLAB: 'Padding' of maxPooling2dLayer itself, no zeros padded before it.",
                "ONNX: pads of MaxPool itself, no Pad before it.",
            ),
        )
        yield claim, replace(layer, windows=replace(layer.windows, value=0.0))


def _amounts(suspect: Suspect, layer: Pooling) -> Iterator[tuple[Claim, Pooling]]:
    extents, counts = suspect.inputs[0].shape[2:], suspect.actual.shape[2:]
    rounded = replace(layer, ceil=not layer.ceil).counts(extents)
    ways = (layer.include, not layer.include) if layer.kind == "average" else (True,)
    usual = layer.windows.fitted(extents, layer.counts(extents)) if layer.ceil else layer.windows
    for windows in other_amounts(usual, extents, counts):
        if windows.before == usual.before and counts == rounded:
            continue  # another rounding of the number of windows: that is `ceil_mode`
        for include in ways:
            claim = amounts_claim(windows, usual, extents)
            also = (
                ""
                if include == layer.include
                else f" And the average {'counts' if include else 'does not count'} the padding."
            )
            yield (
                replace(claim, statement=claim.statement + also),
                replace(layer, windows=windows, ceil=False, include=include),
            )

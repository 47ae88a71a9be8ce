"""A dropout that is active: a network that was left in training mode sets values to zero at random, and enlarges the rest."""

from collections.abc import Iterator

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.sampling import LARGE, promising
from xverify.diagnosis.suspect import Array, Suspect

_FEWEST = 8
"""Values that are kept, and that are dropped together with them, below which chance makes them."""

_DEVIATIONS = 5
"""How far the share of dropped values may lie from what the factor 1 / (1 - p) says, in standard deviations."""


def dropout_active(suspect: Suspect) -> Iterator[Explanation]:
    """For layers of floats: where values are zero is read from the found ones, how much the others grew is fitted."""
    actual, expected = suspect.actual, suspect.expected
    if not suspect.same_shape or actual.dtype.kind != "f" or actual.size > LARGE:
        return
    usable = (expected != 0) & np.isfinite(expected) & np.isfinite(actual)
    dropped, kept = usable & (actual == 0), usable & (actual != 0)
    zeros, rest = int(dropped.sum()), int(kept.sum())
    if not zeros or rest < _FEWEST:
        return
    factor = float(np.median(actual[kept].astype(np.float64) / expected[kept]))
    if not 1 < factor < rest:
        return
    share = 1 - 1 / factor
    if not np.isclose(zeros / (zeros + rest), share, atol=_spread(suspect, dropped, kept, share)):
        return
    value = np.where(dropped, 0, expected * np.float32(factor)).astype(expected.dtype)
    if promising(suspect, value):
        yield Explanation(
            kind="dropout active",
            statement=f"A dropout with p = {share:.3g} is active: {zeros} of {zeros + rest} values are zero, "
            f"the rest is multiplied by {factor:.6g}.",
            value=value,
            fix=(
                "PyTorch: call model.eval() before the export, and before every run that is to be compared.",
                "MATLAB: predict(net, X) drops nothing, forward(net, X) does.",
                "ONNX: Dropout with training_mode = false; torch.onnx.export with training=TrainingMode.EVAL.",
            ),
            evidence=("Which values are zero differs from run to run.",),
            fitted=1,
        )


def _spread(suspect: Suspect, dropped: Array, kept: Array, share: float) -> float:
    """Of the share of zeros, by chance; whole channels may have been dropped (nn.Dropout2d), and these are few."""
    shape = suspect.actual.shape
    others = tuple(range(2, len(shape)))
    by_channel = bool(others) and not bool((dropped.any(others) & kept.any(others)).any())
    draws = shape[0] * shape[1] if by_channel else suspect.actual.size
    return _DEVIATIONS * float(np.sqrt(share * (1 - share) / draws))

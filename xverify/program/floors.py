"""From what the runs measured to a noise floor and a tolerance for each layer.

The rule and its two factors come from measurements on 14 networks and 201 planted faults (docs/explanation/tolerances.md):
a local error passes up to 6 floors (clean worst 3.3, smallest planted fault 9.5), an accumulated one up to 10.
"""

from typing import NamedTuple

import numpy as np

from xverify.bundle.manifest import ChannelTolerances, Error, NoiseFloor, Tolerance
from xverify.program.distance import Distance, root_mean_square
from xverify.program.operations import EPS32
from xverify.program.recorder import Recorded

K_LOCAL = 6.0
K_ACCUMULATED = 10.0

ILL_CONDITIONED = 1e-3
"""Where an allowed error passes this share of the layer's size, passing it proves nothing."""

_OF_THE_LAYER = "; these allowances are the layer's: each channel is judged by its own"

UNMEASURED_FACTOR = 4.0
"""Without float64 a layer's own error is unknown. No correct layer was above 4 x eps32 x magnitude x c but attention."""


SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)
"""Below it float32 loses digits, or runtimes round to zero."""


class Judged(NamedTuple):
    """A layer's floor, tolerance and size."""

    floor: NoiseFloor
    tolerance: Tolerance
    rms: float
    all_zero: bool


def judge(recorded: Recorded) -> Judged:
    """The noise floor and the calibrated tolerance of one layer."""
    value = recorded.value
    if not np.issubdtype(value.dtype, np.floating):
        return Judged(
            NoiseFloor(None, None), Tolerance(0.0, 0.0, f"{value.dtype}: compared exactly"), 0.0, all_zero=False
        )
    rms = root_mean_square(value)
    local, local_reason = _local_floor(recorded)
    accumulated, accumulated_reason = _accumulated_floor(recorded)
    size = recorded.magnitude if recorded.cancelling else rms
    channels = _channels(recorded, accumulated)
    reason = f"local: {local_reason}; accumulated: {K_ACCUMULATED:g} x {accumulated:.3g} ({accumulated_reason})"
    tolerance = Tolerance(
        local=K_LOCAL * local,
        accumulated=K_ACCUMULATED * accumulated,
        reason=reason + (_OF_THE_LAYER if channels else ""),
        accumulated_ill_conditioned=K_ACCUMULATED * accumulated > ILL_CONDITIONED * rms,
        local_ill_conditioned=K_LOCAL * local > ILL_CONDITIONED * size,
        channels=channels,
    )
    floor = NoiseFloor(
        accumulated=_error(recorded.accumulated, accumulated),
        local=_error(recorded.local, local),
        unavailable=recorded.unavailable,
    )
    return Judged(floor, tolerance, rms, all_zero=bool(value.size) and not np.any(value))


def _channels(recorded: Recorded, accumulated: float) -> ChannelTolerances | None:
    """The same rule for each channel alone.

    A channel of few elements shows no rounding by chance: it is allowed at least the share of its size that the whole layer's
    floor is of the layer's size.
    """
    sizes = recorded.channels
    if sizes is None:
        return None
    unmeasured = 1.0 if recorded.float32_error is not None else UNMEASURED_FACTOR
    bound = np.maximum(EPS32 * sizes.magnitude * unmeasured, SMALLEST_NORMAL)
    local = bound * max(recorded.rounding_factor, 1.0)
    local = local if sizes.local is None else np.maximum(local, sizes.local)
    share = accumulated / recorded.magnitude if recorded.magnitude else 0.0
    whole = np.maximum(np.maximum(bound, sizes.accumulated), share * sizes.magnitude)
    return ChannelTolerances(
        axis=sizes.axis,
        local=tuple((K_LOCAL * local).tolist()),
        accumulated=tuple((K_ACCUMULATED * whole).tolist()),
    )


def _error(distance: Distance | None, floor: float) -> Error | None:
    return None if distance is None else Error(max=floor, rms=distance.rms)


def _local_floor(recorded: Recorded) -> tuple[float, str]:
    if recorded.exact:
        return 0.0, "equality (the operation rounds nothing, or rounds alike everywhere)"
    factor = recorded.rounding_factor
    bound = EPS32 * recorded.magnitude * factor
    terms = f"eps32 x magnitude {recorded.magnitude:.3g}" + (f" x {factor:.3g}" if factor != 1 else "")
    if recorded.local is None:
        return (
            UNMEASURED_FACTOR * bound,
            f"{K_LOCAL:g} x {UNMEASURED_FACTOR * bound:.3g} ({UNMEASURED_FACTOR:g} x {terms}; no float64 truth)",
        )
    if recorded.local.max > bound:
        return recorded.local.max, f"{K_LOCAL:g} x {recorded.local.max:.3g} (PyTorch's own float32 error)"
    return bound, f"{K_LOCAL:g} x {bound:.3g} ({terms})"


def _accumulated_floor(recorded: Recorded) -> tuple[float, str]:
    assert recorded.accumulated is not None
    bound = EPS32 * recorded.magnitude
    candidates = [(bound, "eps32 x magnitude"), (recorded.accumulated.max, "the spread of PyTorch's float32 runs")]
    if recorded.float32_error is None:
        candidates[1] = (recorded.accumulated.max, "the spread of PyTorch's float32 runs; no float64 truth")
        candidates[0] = (UNMEASURED_FACTOR * bound, f"{UNMEASURED_FACTOR:g} x eps32 x magnitude; no float64 truth")
    return max(candidates)

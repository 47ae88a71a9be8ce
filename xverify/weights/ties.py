"""Parameters that are one and the same in PyTorch: torch.export keeps one of them, and the bundle has the other's bytes unread."""

from collections.abc import Sequence

import numpy as np

from xverify.bundle.manifest import Manifest
from xverify.bundle.weights import StoredParameter

COUNTER = "num_batches_tracked"
"""Batch normalization's count of training steps: nothing in evaluation depends on it."""


def tied_to(name: str, manifest: Manifest, loose: Sequence[StoredParameter]) -> str:
    """The parameter of a MATLAB layer that has the bytes of one that nothing reads; '' if there is none, or several.

    Constant values, such as biases that are all zero, tie nothing.
    """
    unread = {item.names[0]: item for item in loose}
    stored = unread.get(name)
    if stored is None or not stored.key.startswith("other_") or stored.array.size < 2 or np.ptp(stored.array) == 0:
        return ""
    own = next((item for item in manifest.parameters if item.name == name), None)
    if own is None:
        return ""
    same = [
        item.name
        for item in manifest.parameters
        if (item.sha256, item.shape, item.dtype) == (own.sha256, own.shape, own.dtype) and item.name not in unread
    ]
    return same[0] if len(same) == 1 else ""

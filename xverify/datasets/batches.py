"""Samples to a network that takes a fixed number of them at once."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def in_batches(run: Callable[[Array], Array], samples: Array, batch: int | None) -> Array:
    """What `run` gives for all samples.

    Args:
        run: Takes `batch` samples, gives a value for each.
        samples: `(n, ...)`.
        batch: How many `run` takes; the last batch is filled up with copies of its first sample. None: any number.
    """
    if batch is None:
        return run(samples)
    results = []
    for start in range(0, len(samples), batch):
        taken = samples[start : start + batch]
        missing = batch - len(taken)
        filled = np.concatenate([taken, np.repeat(taken[:1], missing, axis=0)]) if missing else taken
        results.append(run(filled)[: len(taken)])
    return np.concatenate(results)

"""A data set a part at a time: decoded and preprocessed by a second thread while the networks compute on the part before."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from xverify.datasets.preprocessor import Preprocessor, Tensor
from xverify.datasets.source import Pixels, Source

PART_BYTES = 32_000_000
"""Bytes of the tensor of a part, at most."""
MOST = 256
"""Samples of a part, at most."""


@dataclass(frozen=True, eq=False)
class Part:
    """Some samples that follow each other.

    Attributes:
        indices: Their places in the data set.
        names: Their names.
        labels: `(n,)`.
        pixels: Decoded, in the network's colour mode; as large as they come.
        tensor: The network's input, `(n, C, H, W)`.
    """

    indices: Sequence[int]
    names: Sequence[str]
    labels: NDArray[np.int64]
    pixels: Sequence[Pixels]
    tensor: Tensor

    def __len__(self) -> int:
        return len(self.names)


def chosen_samples(total: int, limit: int | None) -> Sequence[int]:
    """All samples, or `limit` of them spread evenly, so that a data set that is sorted by class gives some of each.

    >>> list(chosen_samples(10, 4)), chosen_samples(3, 5)
    ([0, 2, 5, 7], range(0, 3))
    """
    if limit is None or limit >= total:
        return range(total)
    return [index * total // limit for index in range(limit)]


def part_size(shape: Sequence[int], multiple: int) -> int:
    """Samples of a part: at most `MOST`, and as many as fit into `PART_BYTES`, in whole batches.

    Args:
        shape: Of one sample of the network's input.
        multiple: A batch.
    """
    fitting = max(1, min(MOST, PART_BYTES // (4 * int(np.prod(shape)))))
    return max(multiple, fitting // multiple * multiple)


def parts(source: Source, chosen: Sequence[int], preprocessor: Preprocessor, size: int) -> Iterator[Part]:
    """The chosen samples, `size` at a time; each part is made while the one before it is used.

    Raises:
        XverifyError: A sample cannot be read, or does not fit the network.
    """
    with ThreadPoolExecutor(1) as pool:
        made = _made(source, chosen, preprocessor, size)
        pending = pool.submit(next, made, None)
        while (part := pending.result()) is not None:
            pending = pool.submit(next, made, None)
            yield part


def _made(source: Source, chosen: Sequence[int], preprocessor: Preprocessor, size: int) -> Iterator[Part]:
    images = iter(source.images(chosen))
    for start in range(0, len(chosen), size):
        indices = chosen[start : start + size]
        names = [source.names[index] for index in indices]
        pixels = [preprocessor.in_mode(image) for image in islice(images, len(indices))]
        sized = [preprocessor.sized(image, name) for image, name in zip(pixels, names, strict=True)]
        yield Part(indices, names, source.labels[np.asarray(indices)], pixels, preprocessor.tensor(sized))

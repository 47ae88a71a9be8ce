"""Subnormal numbers (float32 below 1.2e-38) count as zero while a network trains on a CPU.

A processor takes up to a hundred times as long for them. Weight decay makes them: weights that nothing else moves shrink
for as long as the training goes on, and an epoch that took minutes takes an hour.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

import torch

Result = TypeVar("Result")


class Run(Protocol):
    """What `subnormals_flushed` gives."""

    def __call__(self, function: Callable[..., Result], /, *arguments: object) -> Result:
        """What the function returns for these arguments."""


@contextmanager
def subnormals_flushed(device: torch.device) -> Iterator[Run]:
    """A way to call functions such that subnormal numbers are zero in them, on a CPU; elsewhere it only calls them.

    The setting belongs to a thread, and torch's own threads take it from the one that starts them. So everything is called in
    one thread, made for this, with threads of torch's that are its own: what the process computes besides, such as the
    reference of a bundle, keeps its subnormal numbers.
    """
    if device.type != "cpu":
        yield _directly
        return
    with ThreadPoolExecutor(1, initializer=_flush_subnormals, initargs=(torch.get_num_threads(),)) as thread:
        yield lambda function, *arguments: thread.submit(function, *arguments).result()


def _directly(function: Callable[..., Result], /, *arguments: object) -> Result:
    return function(*arguments)


def _flush_subnormals(threads: int) -> None:
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)  # False where the processor cannot: then it is slow, and right

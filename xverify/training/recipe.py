"""The settings that decide a training run's result, and the seeds that follow from them."""

import hashlib
from typing import Literal

import msgspec

Precision = Literal["fp32", "bf16"]


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How to train; the defaults are the published recipe (Adam, no augmentation, no schedule)."""

    epochs: int = 30
    batch_size: int = 60
    learning_rate: float = 0.0005
    seed: int = 0
    precision: Precision = "fp32"


def derived_seed(seed: int, purpose: str, epoch: int = 0) -> int:
    """A seed for one purpose in one epoch.

    Every epoch has seeds of its own, so a resumed run needs no generator state to continue exactly where it stopped.
    """
    digest = hashlib.sha256(f"{seed}/{purpose}/{epoch}".encode()).digest()
    return int.from_bytes(digest[:8]) >> 1  # torch takes signed 64-bit seeds

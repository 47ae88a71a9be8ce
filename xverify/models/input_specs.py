"""`--input [NAME=]SHAPE[:DTYPE[<BOUND]]`: what one input looks like, as the user types it."""

import math
import re
from dataclasses import dataclass

import torch

from xverify.errors import XverifyError

DTYPES = {
    "float32": torch.float32,
    "bool": torch.bool,
    "uint8": torch.uint8,
    "int8": torch.int8,
    "int16": torch.int16,
    "int32": torch.int32,
    "int64": torch.int64,
}
_INTEGERS_BELOW = 10
_LARGEST_BYTES = 1_500_000_000  # a bundle's .mat files hold no larger variable
_FORM = re.compile(r"(?:(?P<name>[^=]*)=)?(?P<shape>[^:<]*)(?::(?P<dtype>[^<]*)(?:<(?P<bound>.*))?)?")
_HINT = "[NAME=]SHAPE[:DTYPE[<BOUND]], e.g. 2x3x32x32, mask=2x1x32x32:bool, tokens=2x16:int64<1000; a single value is 'scalar'."


@dataclass(frozen=True)
class InputSpec:
    """One input: `name` is empty for a positional one; integers are drawn from 0 up to, not including, `below`."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    below: int = _INTEGERS_BELOW

    def __str__(self) -> str:
        words = (self.name, "x".join(map(str, self.shape)) or "scalar", str(self.dtype).removeprefix("torch."))
        return " ".join(filter(None, words))


def parse_input(text: str) -> InputSpec:
    """Reads `[NAME=]SHAPE[:DTYPE[<BOUND]]`.

    The dtype is float32 unless given, the bound of integers 10 unless given.

    Raises:
        XverifyError: Anything else.
    """
    parts = _FORM.fullmatch(text.strip())
    if parts is None or parts["name"] == "":
        raise XverifyError(f"--input {text}: this is not understood.", _HINT)
    dtype = _dtype(text, parts["dtype"])
    shape = _shape(text, parts["shape"])
    if math.prod(shape) * dtype.itemsize > _LARGEST_BYTES:
        raise XverifyError(
            f"--input {text}: this would take more than 1.5 GB, the most that a bundle stores.", "Give a smaller shape."
        )
    return InputSpec(parts["name"] or "", shape, dtype, _below(text, parts["bound"], dtype))


def _shape(text: str, given: str) -> tuple[int, ...]:
    if given == "scalar":
        return ()
    if not re.fullmatch(r"[0-9]+(x[0-9]+)*", given):
        raise XverifyError(f"--input {text}: '{given}' is no shape.", _HINT)
    sizes = tuple(int(size) for size in given.split("x"))
    if 0 in sizes:
        raise XverifyError(f"--input {text}: a size of 0 leaves nothing to verify.", _HINT)
    return sizes


def _dtype(text: str, given: str | None) -> torch.dtype:
    if given is None:
        return torch.float32
    if given not in DTYPES:
        raise XverifyError(f"--input {text}: '{given}' is no dtype of an input.", f"Known: {', '.join(DTYPES)}.")
    return DTYPES[given]


def _below(text: str, given: str | None, dtype: torch.dtype) -> int:
    if given is None:
        return _INTEGERS_BELOW
    if dtype in (torch.float32, torch.bool):
        raise XverifyError(f"--input {text}: only integers have an upper bound.", _HINT)
    if not re.fullmatch("[0-9]+", given) or not 1 <= int(given) <= torch.iinfo(dtype).max:
        name = str(dtype).removeprefix("torch.")
        raise XverifyError(
            f"--input {text}: the bound is a number from 1 to {torch.iinfo(dtype).max} for {name}.", _HINT
        )
    return int(given)

"""NaN and Inf that PyTorch does not have: where they stand, and whether an overflow or a division by zero makes them there."""

from collections.abc import Callable, Iterator

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.suspect import Array, Suspect

_FLOAT16_LARGEST = 65504.0


def not_finite(suspect: Suspect) -> Iterator[Explanation]:
    """For values of PyTorch's shape with a NaN or an Inf that PyTorch does not have."""
    if not suspect.same_shape or suspect.actual.dtype.kind != "f":
        return
    wrong = ~np.isfinite(suspect.actual) & ~_same(suspect.actual, suspect.expected)
    if not wrong.any():
        return
    naive = _naive_softmax(suspect)
    overflows = naive is not None and np.array_equal(~np.isfinite(naive), wrong)
    origin = _SOFTMAX if overflows else _origin(suspect, wrong)
    yield Explanation(
        kind="NaN or Inf",
        statement=f"{_counted(suspect.actual, wrong)}{f' {origin}' if origin else ''}",
        value=naive if naive is not None and overflows else np.where(wrong, suspect.actual, suspect.expected),
        fix=_fixes(origin),
        evidence=(_begins(suspect, wrong), *_everywhere(wrong)),
    )


def _same(actual: Array, expected: Array) -> Array:
    return np.asarray((actual == expected) | (np.isnan(actual) & np.isnan(expected)))


def _counted(actual: Array, wrong: Array) -> str:
    nans = int(np.isnan(actual[wrong]).sum())
    infinities = int(wrong.sum()) - nans
    parts = [f"{number} {name}" for number, name in ((nans, "NaN"), (infinities, "Inf")) if number]
    return f"There are {' and '.join(parts)} among {actual.size} values where PyTorch has numbers."


def _begins(suspect: Suspect, wrong: Array) -> str:
    index = tuple(int(item) for item in np.unravel_index(int(wrong.argmax()), wrong.shape))
    read = [f"{item[index]:.6g}" for item in suspect.inputs if item.shape == wrong.shape]
    reads = f", whose input is {' and '.join(read)}" if read else ""
    return f"The first is {suspect.actual[index]} at {index}, where PyTorch has {suspect.expected[index]:.6g}{reads}."


def _everywhere(wrong: Array) -> tuple[str, ...]:
    """Whole rows or channels that are lost point to what is computed for each of them."""
    lines = []
    for axis in range(min(wrong.ndim, 2)):
        others = tuple(other for other in range(wrong.ndim) if other != axis)
        whole, some = wrong.all(others), wrong.any(others)
        if others and np.array_equal(whole, some) and 0 < int(whole.sum()) < whole.size:
            named = ", ".join(map(str, np.flatnonzero(whole)[:5]))
            lines.append(f"They fill {int(whole.sum())} of {whole.size} entries of axis {axis} wholly: {named}.")
    return tuple(lines)


def _origin(suspect: Suspect, wrong: Array) -> str:
    """What would give them at exactly these places."""
    for said, places in _ORIGINS.items():
        found = places(suspect)
        if found is not None and np.array_equal(np.broadcast_to(found, wrong.shape), wrong):
            return said
    return ""


def _half(suspect: Suspect) -> Array | None:
    return np.abs(suspect.expected) > _FLOAT16_LARGEST


def _exponential(suspect: Suspect) -> Array | None:
    given = _single(suspect)
    with np.errstate(all="ignore"):
        return None if given is None else ~np.isfinite(np.exp(np.abs(given.astype(np.float32))))


def _naive_softmax(suspect: Suspect) -> Array | None:
    """exp(x) / sum(exp(x)) without the maximum taken off: NaN where Inf is divided by Inf, and 0 beside it."""
    given = _single(suspect)
    axis = suspect.step.settings.get("dim", suspect.step.settings.get("axis")) if suspect.step else None
    if given is None or not isinstance(axis, float) or "softmax" not in suspect.layer.operation:
        return None
    with np.errstate(all="ignore"):
        powers = np.exp(given.astype(np.float32))
        value = powers / powers.sum(int(axis), keepdims=True)
        return np.asarray(np.log(value) if "log" in suspect.layer.operation else value)


def _zero(suspect: Suspect) -> Array | None:
    given = _single(suspect)
    return None if given is None else given == 0


def _negative(suspect: Suspect) -> Array | None:
    given = _single(suspect)
    return None if given is None else given < 0


def _divisor(suspect: Suspect) -> Array | None:
    if suspect.layer.operation != "div" or len(suspect.inputs) != 2:
        return None
    divisor = suspect.inputs[1]
    return divisor == 0 if divisor.ndim <= suspect.expected.ndim else None


def _single(suspect: Suspect) -> Array | None:
    if not suspect.inputs or suspect.inputs[0].shape != suspect.expected.shape:
        return None
    return suspect.inputs[0]


_SOFTMAX = "They stand exactly where the softmax overflows unless the maximum is taken off first."
_ORIGINS: dict[str, Callable[[Suspect], Array | None]] = {
    "They stand exactly where an exponential of the input overflows float32, beyond 88.7.": _exponential,
    "They stand exactly where PyTorch's values are beyond 65504, float16's largest number.": _half,
    "They stand exactly where the divisor is 0.": _divisor,
    "They stand exactly where the input is 0: a division or a logarithm without an epsilon.": _zero,
    "They stand exactly where the input is negative: a root, a logarithm or a power of it.": _negative,
}
"""What is said -> where it would put NaN or Inf."""


def _fixes(origin: str) -> tuple[str, ...]:
    if "float16" in origin:
        return ("Run the network in float32 (MATLAB: single; onnxruntime: not a float16 model).",)
    if "exponential" in origin or "softmax" in origin:
        return (
            "MATLAB: softmax and sigmoid of the toolbox are safe; in code of your own take max(X) off before exp.",
            "ONNX: use Softmax, LogSoftmax, Sigmoid, Tanh or Softplus, not Exp and Div.",
        )
    return (
        "Look at the first of them: its input is a number, so that this layer makes it.",
        "MATLAB: an epsilon that is missing divides by 0; a square root of a negative number is complex.",
        "ONNX: check initializers for NaN and Inf, and the epsilon of normalisations.",
    )

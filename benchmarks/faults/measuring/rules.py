"""The fixed rules that other tools compare by, on the same values: on the network's outputs, and on every layer.

A rule flags a layer of another shape, and one where NaN meets a number. Integers and booleans must be equal.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.runtimes.runtime import Activation, OnOwnInputs, Runtime

Array = NDArray[Any]


def _largest(allowed: float) -> Callable[[Array, Array], bool]:
    return lambda a, b: bool(np.abs(a - b).max(initial=0.0) <= allowed)


def _cosine(a: Array, b: Array) -> bool:
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a.ravel() @ b.ravel()) / size > 0.9999 if size > 0 else bool(np.array_equal(a, b))


def _snr(a: Array, b: Array) -> bool:
    noise, signal = float(np.square(a - b).sum()), float(np.square(b).sum())
    return noise == 0 or 10 * np.log10(signal / noise) > 60 if signal > 0 else noise == 0


def _assert_close(a: Array, b: Array) -> bool:
    """torch.testing.assert_close's defaults for float32."""
    return bool((np.abs(a - b) <= 1e-5 + 1.3e-6 * np.abs(b)).all())


RULES: Mapping[str, Callable[[Array, Array], bool]] = {
    "max abs 1e-5": _largest(1e-5),
    "max abs 1e-4": _largest(1e-4),
    "cosine > 0.9999": _cosine,
    "SNR > 60 dB": _snr,
    "assert_close": _assert_close,
}
"""Name -> whether two arrays of float64 agree."""


def flags(actual: Array, expected: Array) -> list[str]:
    """Names of the rules that two arrays break."""
    if actual.shape != expected.shape:
        return list(RULES)
    if expected.dtype.kind != "f":
        return [] if np.array_equal(actual, expected) else list(RULES)
    a, b = actual.astype(np.float64), expected.astype(np.float64)
    same = ~np.isfinite(b) & ((a == b) | (np.isnan(a) & np.isnan(b)))
    if not np.isfinite(a[~same]).all() or not np.isfinite(b[~same]).all():
        return list(RULES)
    return [name for name, passes in RULES.items() if not passes(a[~same], b[~same])]


@dataclass
class Flagged:
    """What the rules flag in one whole run: rule -> how many layers, and whether an output is among them."""

    layers: Counter[str] = field(default_factory=Counter)
    outputs: set[str] = field(default_factory=set)
    compared: int = 0

    def as_record(self) -> dict[str, Any]:
        """For a journal."""
        return {name: {"layers": self.layers[name], "output": name in self.outputs} for name in RULES}


class Watched:
    """A runtime whose whole run is held against the fixed rules while it passes through."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime, self.flagged = runtime, Flagged()

    @property
    def name(self) -> str:
        return self._runtime.name

    @property
    def environment(self) -> dict[str, str]:
        return self._runtime.environment

    @property
    def notes(self) -> tuple[str, ...]:
        return self._runtime.notes

    @property
    def reads_model(self) -> bool:
        return self._runtime.reads_model

    def local(self, bundle: Bundle, references: dict[str, Array]) -> Iterator[Activation] | None:
        return self._runtime.local(bundle, references)

    def layers_on(self, bundle: Bundle, values: dict[str, Array]) -> Iterator[Activation] | None:
        return self._runtime.layers_on(bundle, values) if isinstance(self._runtime, OnOwnInputs) else None

    def optimised(self, bundle: Bundle) -> Iterator[Activation] | None:
        return self._runtime.optimised(bundle)

    def accumulated(self, bundle: Bundle) -> Iterator[Activation] | None:
        """Each layer, once the rules have seen it."""
        values = self._runtime.accumulated(bundle)
        return None if values is None else self._watch(bundle, values)

    def _watch(self, bundle: Bundle, values: Iterator[Activation]) -> Iterator[Activation]:
        made = (bundle.layers[output.layer] for output in bundle.manifest.outputs if output.layer in bundle.layers)
        outputs = {bundle.survivor(layer).id for layer in made}
        for activation in values:
            if activation.layer in bundle.layers:
                broken = flags(activation.value, bundle.reference(bundle.layers[activation.layer]))
                self.flagged.compared += 1
                self.flagged.layers.update(broken)
                if activation.layer in outputs:
                    self.flagged.outputs.update(broken)
            yield activation

"""A runtime that yields what a test gives it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.runtimes.runtime import Activation

Array = NDArray[Any]
Values = Mapping[str, Array] | Iterable[tuple[str, Array]]


@dataclass
class FakeRuntime:
    """Gives `whole` as the accumulated values, `alone` as the local ones, `fast` as the optimised ones; None: it has none."""

    whole: Values | None
    alone: Values | None = None
    fast: Values | None = None
    _: KW_ONLY
    name: str = "fake 1.0"
    notes: tuple[str, ...] = ()
    reads_model: bool = False
    environment: dict[str, str] = field(default_factory=dict)

    def local(self, bundle: Bundle, references: dict[str, Array]) -> Iterator[Activation] | None:
        return _activations(self.alone)

    def accumulated(self, bundle: Bundle) -> Iterator[Activation] | None:
        return _activations(self.whole)

    def optimised(self, bundle: Bundle) -> Iterator[Activation] | None:
        return _activations(self.fast)


def _activations(values: Values | None) -> Iterator[Activation] | None:
    if values is None:
        return None
    pairs = values.items() if isinstance(values, Mapping) else values
    return (Activation(name, value) for name, value in pairs)

"""What a runtime is: something that turns a bundle into activations."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle


class Activation(NamedTuple):
    """One layer's output in the other runtime, in PyTorch's axis order."""

    layer: str
    value: NDArray[Any]


class Runtime(Protocol):
    """A source of activations for one bundle.

    Each method gives activations one at a time, so that the reader can compare and drop them; None says that the runtime
    has none of that kind.
    """

    @property
    def name(self) -> str:
        """What the user knows it by, with its version: 'onnxruntime 1.32.0'."""
        ...

    @property
    def environment(self) -> dict[str, str]:
        """Versions and settings that the numbers depend on."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader of a verdict must know about this source: 'unlabelled file', ..."""
        ...

    @property
    def reads_model(self) -> bool:
        """Whether it runs the bundle's model.onnx, so that the parameters there are what it computed with."""
        ...

    def local(self, bundle: Bundle, references: dict[str, NDArray[Any]]) -> Iterator[Activation] | None:
        """Each layer alone, fed with the reference's inputs."""
        ...

    def accumulated(self, bundle: Bundle) -> Iterator[Activation] | None:
        """Every layer of one whole run, without the runtime's own optimisations."""
        ...

    def optimised(self, bundle: Bundle) -> Iterator[Activation] | None:
        """The network's outputs of a run as a user would run it, all optimisations on."""
        ...


@runtime_checkable
class OnOwnInputs(Protocol):
    """A source of values that someone recorded: what each layer read is known, and can be given to PyTorch's layer."""

    def layers_on(self, bundle: Bundle, values: dict[str, NDArray[Any]]) -> Iterator[Activation] | None:
        """Each layer of the bundle as PyTorch defines it, alone, fed with `values` (layer id -> value)."""
        ...


@runtime_checkable
class PartlyLocal(Protocol):
    """A source that could not run every layer alone, and says so."""

    @property
    def without_local(self) -> Mapping[str, str]:
        """Layer id -> why it did not run alone. Such a layer is judged by its accumulated error."""
        ...

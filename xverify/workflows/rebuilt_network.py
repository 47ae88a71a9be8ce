"""PyTorch's network of a bundle, built again from what the manifest says, and proven to be that network.

Two proofs: every parameter has the sha256 that the manifest recorded at export, and on the recorded inputs the network gives the
recorded outputs. The first alone would let another forward() with the same weights pass.
"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from xverify.bundle.bundle import Bundle
from xverify.bundle.hashing import array_sha256
from xverify.bundle.manifest import Layer, Manifest
from xverify.errors import XverifyError
from xverify.models.loading import LoadedModel, load_model
from xverify.models.trained_runs import is_run
from xverify.models.weights_file import file_sha256

Array = NDArray[Any]

BATCH = 64
_NAMED = 5
_MORE = 5
"""Samples more than at export, to find out whether a network takes another number."""
_GIVE = "Give the network as `xverify export` had it: --model MODEL, and --weights FILE where it had a weights file."


@dataclass(frozen=True)
class Origin:
    """Where the network comes from, where it is not as the manifest says.

    Attributes:
        model: As `export` takes it; '' for the manifest's.
        weights: A weights file; None for the one that the manifest names, if it still lies where the export found it.
        trust: Whether a .pt2 file may be read although torch uses pickle for parts of it.
    """

    model: str = ""
    weights: Path | None = None
    trust: bool = False


class RebuiltNetwork:
    """PyTorch's side.

    Args:
        model: In eval mode, on the CPU.
        batch: How many samples it takes at once.
    """

    def __init__(self, model: nn.Module, batch: int, any_batch: bool) -> None:
        self._model = model
        self.batch = batch
        """Samples that it takes at once."""
        self.any_batch = any_batch
        """Whether fewer do as well."""

    @property
    def name(self) -> str:
        """'PyTorch' and its version."""
        return f"PyTorch {torch.__version__}"

    def run(self, tensor: Array) -> Array:
        """Logits `(n, classes)` of `(n, C, H, W)`."""
        return _outputs(self._model, tensor)


def rebuild(bundle: Bundle, output: Layer, origin: Origin) -> RebuiltNetwork:
    """Builds the network of a bundle.

    Args:
        bundle: The bundle; one input, one output.
        output: The layer that is its output.
        origin: What the user says about it.

    Raises:
        XverifyError: It cannot be built, or is another network.
    """
    manifest = bundle.manifest
    source = origin.model or manifest.model.source
    loaded = _loaded(manifest, source, origin)
    _require_parameters(manifest, loaded.model, source)
    (item,) = manifest.inputs
    inputs, expected = bundle.reference(item), bundle.reference(output)
    _require_outputs(_outputs(loaded.model, inputs), expected, output, source)
    _require_separate(loaded.model, inputs, expected, output, source)
    whole = _takes_any_batch(loaded.model, inputs, expected, output)
    return RebuiltNetwork(loaded.model, BATCH if whole else len(inputs), whole)


def _loaded(manifest: Manifest, source: str, origin: Origin) -> LoadedModel:
    weights = origin.weights or (None if origin.model else _recorded_weights(manifest))
    try:
        return load_model(source, weights=weights, trust=origin.trust, seed=manifest.environment.seed)
    except XverifyError as error:
        if origin.model:
            raise
        raise XverifyError(
            f"The network cannot be built again from '{source}', as the manifest names it: {error.message}", _GIVE
        ) from error


def _recorded_weights(manifest: Manifest) -> Path | None:
    """The weights file of the export, if its command line names it and it is still the same file.

    Raises:
        XverifyError: The export had a weights file that is not there any more.
    """
    name, marked, digest = manifest.model.weights.partition(" sha256 ")
    words = _words(manifest.environment.command)
    given = [value for word, value in pairwise(words) if word == "--weights"]
    given += [word.partition("=")[2] for word in words if word.startswith("--weights=")]
    if not marked or is_run(Path(manifest.model.source)):  # a run holds its own
        return None
    path = Path(given[-1] if given else name)
    if path.is_file() and file_sha256(path) == digest:
        return path
    raise XverifyError(
        f"The weights file of the export, {name}, is not at {path}{' any more' if not path.is_file() else ' as it was'}.",
        f"Say where it is: --weights {name}",
    )


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _require_parameters(manifest: Manifest, model: nn.Module, source: str) -> None:
    state = {
        name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items() if isinstance(tensor, Tensor)
    }
    recorded = {item.name: item for item in manifest.parameters}
    missing = [name for name in recorded if name not in state]
    extra = [name for name in state if name not in recorded]
    changed = [
        name
        for name, item in recorded.items()
        if name in state and (tuple(state[name].shape) != item.shape or array_sha256(state[name]) != item.sha256)
    ]
    found = [("changed", changed), ("missing", missing), ("not in the bundle", extra)]
    problems = [
        f"{what}: {len(names)} ({', '.join(names[:_NAMED])}{', ...' if len(names) > _NAMED else ''})"
        for what, names in found
        if names
    ]
    if problems:
        raise XverifyError(
            f"{source} is not the network of the bundle. Of {len(recorded)} parameters and buffers {'; '.join(problems)}.",
            f"{_GIVE} The bundle's weights: {manifest.model.weights}.",
        )


def _require_outputs(actual: Array, expected: Array, output: Layer, source: str) -> None:
    if actual.shape != expected.shape or not _near(actual, expected, output):
        raise XverifyError(
            f"{source} has the parameters of the bundle's network, but does not compute what was recorded at export.",
            "Its code was changed since, or torch was: export it again.",
        )


def _near(actual: Array, expected: Array, output: Layer) -> bool:
    difference = np.abs(actual.astype(np.float64) - expected.astype(np.float64)).max(initial=0.0)
    return bool(difference <= output.tolerance.accumulated)


def _require_separate(model: nn.Module, inputs: Array, expected: Array, output: Layer, source: str) -> None:
    """A decision on an image must not depend on its neighbours: each side groups the samples in its own way."""
    others = np.concatenate([inputs[:1], _others(inputs[1:])])
    if len(inputs) > 1 and not _near(_outputs(model, others)[:1], expected[:1], output):
        raise XverifyError(
            f"{source} mixes the samples of a batch: what it gives for an image depends on the others.",
            "So it has no decision on one image. Export it with a batch of 1 (--input 1x...), or mend its forward().",
        )


def _others(inputs: Array) -> Array:
    """Other samples than these, of the same range: a mirror image alone has the same means."""
    return np.ascontiguousarray(inputs[..., ::-1] * np.float32(0.5))


def _takes_any_batch(model: nn.Module, inputs: Array, expected: Array, output: Layer) -> bool:
    """Whether each sample's outputs are the same in a batch of another size: found out by trying, as networks may fix theirs."""
    count = len(inputs) + _MORE
    order = np.arange(count) % len(inputs)
    own = len(inputs)
    try:  # of copies alone a mean over the batch would be what it was
        actual = _outputs(model, np.concatenate([inputs, _others(inputs[order[own:]])]))
    except (RuntimeError, ValueError, IndexError, AssertionError):
        return False
    return actual.shape == (count, *expected.shape[1:]) and _near(actual[:own], expected, output)


@torch.inference_mode()
def _outputs(model: nn.Module, tensor: Array) -> Array:
    values = [leaf for leaf in pytree.tree_leaves(model(torch.from_numpy(tensor))) if isinstance(leaf, Tensor)]
    if len(values) != 1:
        raise XverifyError(f"The network gives {len(values)} outputs.", "A data set is judged by one: the logits.")
    result: Array = values[0].numpy()
    return result


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Gives torch so many threads for a while; 0 leaves it as it is."""
    before = torch.get_num_threads()
    try:
        if count:
            torch.set_num_threads(count)
        yield
    finally:
        torch.set_num_threads(before)

"""From what the user types as MODEL to a network that is ready to be verified: in eval mode, on the CPU."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from xverify.errors import XverifyError
from xverify.models.exported_programs import build_exported
from xverify.models.factories import build_from_factory
from xverify.models.seeding import seed_weights, untouched_statistics
from xverify.models.source import Builder, Built, Example
from xverify.models.timm_models import build_timm
from xverify.models.torchvision_models import build_torchvision
from xverify.models.trained_runs import build_cifar10, build_run, is_run
from xverify.models.weights_file import WeightsFile, load_weights, read_weights

_FORMS = (
    "MODEL is pkg.mod:factory, path/to/file.py:factory, torchvision:NAME, timm:NAME, cifar10[:NETWORK], a folder of `xverify train`, "
    "or a .pt2 program."
)
_WEIGHTS_ONLY = (".pt", ".pth", ".ckpt", ".safetensors")

_BUILDERS: dict[str, Builder] = {"torchvision": build_torchvision, "timm": build_timm}


@dataclass(frozen=True)
class LoadedModel:
    """A network ready to be verified, and what the user and the manifest are told about it.

    Attributes:
        model: In eval mode, on the CPU.
        name: Short: `resnet18`, `cifar10`, the factory's or the class's name, the stem of the .pt2 file.
        source: As the user gave it.
        weights: Where the weights come from, in words.
        example: Positional and keyword arguments that came with the model.
        default_shape: Shape of its only input, where known; the batch is 2.
        notes: What to tell the user, in order.
    """

    model: nn.Module
    name: str
    source: str
    weights: str
    example: Example | None
    default_shape: tuple[int, ...] | None
    notes: tuple[str, ...]


def load_model(source: str, *, weights: Path | None = None, trust: bool = False, seed: int = 0) -> LoadedModel:
    """Builds the network that `source` names, with the weights of a file, its own, or seeded ones.

    The global random state is left as it was; whatever random numbers the model's constructor draws from torch on the CPU
    come from `seed`.

    Args:
        source: `pkg.mod:factory`, `path/to/file.py:factory`, `torchvision:NAME`, `timm:NAME`, `cifar10[:NETWORK]`, a folder that
            `xverify train` wrote, or a .pt2 file.
        weights: A .safetensors file, or a .pt/.pth file that torch.save wrote.
        trust: Whether a .pt2 file may be read although torch uses pickle for parts of it.
        seed: Of weights that come from nowhere else.

    Raises:
        XverifyError: Anything about the source or the weights that the user can mend.
    """
    stored = read_weights(weights) if weights else None
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed % 2**63)
        built = _build(
            source, frozenset(stored.state) if stored else frozenset(), has_weights=stored is not None, trust=trust
        )
    model = built.model.cpu().eval()
    words, notes = _fill(model, built, stored, seed)
    return LoadedModel(
        model=model,
        name=built.name,
        source=source,
        weights=words,
        example=_on_cpu(built.example),
        default_shape=built.default_shape,
        notes=("eval mode, on the CPU", *built.notes, *notes, *_statistics_notes(model)),
    )


def _build(source: str, stored: AbstractSet[str], *, has_weights: bool, trust: bool) -> Built:
    if source == "cifar10" or (source.startswith("cifar10:") and not source[8:].isidentifier()):
        return build_cifar10(source.partition(":")[2])
    if is_run(Path(source)):
        if has_weights:
            raise XverifyError(f"{source} holds its own weights.", "Leave --weights out.")
        return build_run(Path(source)).built
    if source.lower().endswith(".pt2"):
        if has_weights:
            raise XverifyError(f"{source} holds its own weights.", "Leave --weights out.")
        return build_exported(source, trust=trust)
    kind, _, name = source.partition(":")
    if kind in _BUILDERS:
        return _BUILDERS[kind](name, stored)
    where, _, factory = source.rpartition(":")
    if where and factory.isidentifier():
        return build_from_factory(source)
    raise _unknown(source)


def _unknown(source: str) -> XverifyError:
    if source.lower().endswith(_WEIGHTS_ONLY):
        return XverifyError(
            f"{source} holds weights, but no network.", f"Name the network and add --weights {source}. {_FORMS}"
        )
    if source.endswith(".py"):
        return XverifyError(f"{source} names no factory.", f"Name the function or class in it: {source}:factory.")
    return XverifyError(f"'{source}' is no model that xverify knows.", _FORMS)


def _fill(model: nn.Module, built: Built, stored: WeightsFile | None, seed: int) -> tuple[str, tuple[str, ...]]:
    """Gives the model its weights; returns where they come from, and what to tell the user."""
    if stored is not None:
        notes = load_weights(model, stored)
        return f"{stored.file} sha256 {stored.sha256}", (f"weights are those of {stored.file}", *stored.notes, *notes)
    if built.weights:
        return built.weights, (f"weights are {built.weights}",)
    seed_weights(model, seed, built.default_shape)
    return f"seeded {seed}, randomised", (
        f"weights are random (seed {seed}), BatchNorm statistics and biases too: no trained network",
    )


def _on_cpu(example: Example | None) -> Example | None:
    return example and pytree.tree_map_only(Tensor, lambda tensor: tensor.detach().cpu(), example)


def _statistics_notes(model: nn.Module) -> tuple[str, ...]:
    untouched = untouched_statistics(model)
    if not untouched:
        return ()
    return (
        f"{untouched} BatchNorm layers have the statistics of an untrained network (0 and 1): faults in them cannot be seen",
    )

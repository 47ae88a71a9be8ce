"""`torchvision:NAME`: torchvision's networks, built without a download."""

import difflib
import inspect
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from torch import nn

from xverify.errors import MissingDependencyError, XverifyError
from xverify.models.source import Built

_INCEPTIONS = ("inception_v3", "googlenet")
_AUXILIARY_HEADS = ("AuxLogits", "aux1", "aux2")


def build_torchvision(name: str, stored: AbstractSet[str]) -> Built:
    """The network that torchvision calls `name`, with random weights.

    Args:
        name: One of `torchvision.models.list_models()`.
        stored: Names in the weights file; they decide whether a network has its auxiliary head.

    Raises:
        XverifyError: torchvision is not installed, or has no such network.
    """
    try:
        from torchvision import models  # noqa: PLC0415 - optional
    except ImportError as error:
        raise MissingDependencyError("torchvision", "train", f"torchvision:{name}") from error
    require_known("torchvision", name, models.list_models())
    builder = models.get_model_builder(name)
    model: nn.Module = builder(weights=None, **_options(name, inspect.signature(builder).parameters, stored))
    return Built(model, name, default_shape=_default_shape(name, builder.__module__), notes=_notes(name, stored))


def require_known(package: str, name: str, known: Iterable[str]) -> None:
    """Refuses a network that the package does not have, and names similar ones."""
    names = list(known)
    if name in names:
        return
    close = difflib.get_close_matches(name, names, n=5)
    similar = f"Similar names: {', '.join(close)}." if close else "No name is similar."
    raise XverifyError(
        f"{package} has no network '{name}'.", f"{similar} list_models() of {package} lists all {len(names)}."
    )


def _options(name: str, accepted: Iterable[str], stored: AbstractSet[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if "weights_backbone" in accepted:  # the default is a download
        options["weights_backbone"] = None
    if "aux_loss" in accepted:
        options["aux_loss"] = _has_part(stored, "aux_classifier")
    if _is_inception(name):
        options["aux_logits"] = any(_has_part(stored, head) for head in _AUXILIARY_HEADS)
        options["init_weights"] = False  # slow, and replaced anyway
    return options


def _has_part(stored: AbstractSet[str], part: str) -> bool:
    return any(f".{part}." in f".{key}" for key in stored)


def _is_inception(name: str) -> bool:
    return name.removeprefix("quantized_") in _INCEPTIONS


def _default_shape(name: str, family: str) -> tuple[int, ...] | None:
    """Two samples of the size that the network was published with; none for lists of images and for pairs of frames."""
    if ".detection." in family or ".optical_flow." in family:
        return None
    if ".video." in family:
        return (2, 3, 16, 112, 112) if family.endswith(".resnet") else (2, 3, 16, 224, 224)
    size = 299 if name.endswith("inception_v3") else 224
    return (2, 3, size, size)


def _notes(name: str, stored: AbstractSet[str]) -> tuple[str, ...]:
    if not (stored and _is_inception(name)):
        return ()
    return (
        f"torchvision's own pretrained {name} also rescales its input (transform_input); a state_dict does not say so: here it is off",
    )


@dataclass(frozen=True)
class PublishedTransforms:
    """How images are prepared for published weights of a classifier.

    Attributes:
        name: Of the weights: `ResNet18_Weights.IMAGENET1K_V1`.
        exact: Whether the file is theirs; else they are the network's default ones.
        resize: The shorter side, or height and width.
        crop: Height and width.
        interpolation: 'bilinear', 'bicubic' or 'nearest'.
        mean: One a channel.
        std: One a channel.
    """

    name: str
    exact: bool
    resize: tuple[int, ...]
    crop: tuple[int, ...]
    interpolation: str
    mean: tuple[float, ...]
    std: tuple[float, ...]


def published_transforms(name: str, sha256: str) -> PublishedTransforms | None:
    """What torchvision does to images before a network of its own, for the weights in a file.

    torchvision's file names end with the first digits of their sha256: by them a file is recognised, whatever it is called now.

    Args:
        name: One of `torchvision.models.list_models()`.
        sha256: Of the weights file.

    Returns:
        None where torchvision has no classifier's transforms for it.
    """
    from torchvision import models  # noqa: PLC0415 - optional
    from torchvision.transforms._presets import ImageClassification  # noqa: PLC0415

    members = list(models.get_model_weights(name))
    if not members:
        return None
    own = [member for member in members if _is_file_of(member.url, sha256)]
    chosen = own[0] if own else models.get_model_weights(name).DEFAULT
    transforms = chosen.transforms()
    if not isinstance(transforms, ImageClassification):
        return None
    crop = tuple(transforms.crop_size)
    return PublishedTransforms(
        f"{type(chosen).__name__}.{chosen.name}",
        bool(own),
        tuple(transforms.resize_size),
        crop * 2 if len(crop) == 1 else crop,
        str(transforms.interpolation.value),
        tuple(transforms.mean),
        tuple(transforms.std),
    )


def _is_file_of(url: str, sha256: str) -> bool:
    digits = url.rpartition("-")[2].partition(".")[0]
    return len(digits) >= 8 and sha256.startswith(digits)

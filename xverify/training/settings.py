"""Which recipe a run follows: what the user asked for, on top of a named recipe or of the run that is resumed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import torch

from xverify.errors import XverifyError
from xverify.training.devices import resolved_convolution, resolved_precision
from xverify.training.journal import Journal
from xverify.training.recipe import Recipe, changed
from xverify.training.recipes import PUBLISHED, named_recipe, without


@dataclass(frozen=True)
class Settings:
    """What the user said about the recipe.

    Attributes:
        recipe: A named recipe; None for the published one, or for that of the run that is resumed.
        left_out: Its ingredients that are left out.
        changes: Fields with other values.
    """

    recipe: str | None = None
    left_out: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)


def chosen_recipe(settings: Settings, previous: Recipe | None, device: torch.device) -> Recipe:
    """The recipe to follow, with what `auto` means on the device.

    Raises:
        XverifyError: an unknown name, or a value that a field does not take.
    """
    base = named_recipe(settings.recipe) if settings.recipe else previous or PUBLISHED
    recipe = changed(without(base, settings.left_out), dict(settings.changes))
    return resolved(recipe, device)


def resolved(recipe: Recipe, device: torch.device) -> Recipe:
    """The recipe without any `auto`: a run that is resumed elsewhere keeps what it was started with."""
    precision = resolved_precision(recipe.precision, device)
    convolution = resolved_convolution(recipe.convolution, precision, device)
    return msgspec.structs.replace(recipe, precision=precision, convolution=convolution)


def differences(before: Recipe, now: Recipe) -> list[str]:
    """Every field in which two recipes differ, but for the number of epochs: `learning rate 0.1, not 0.2`."""
    return [
        f"{name.replace('_', ' ')} {old}, not {new}"
        for name, old in msgspec.structs.asdict(before).items()
        if name != "epochs" and old != (new := getattr(now, name))
    ]


def require_same_settings(journal: Journal, recipe: Recipe, device: torch.device) -> None:
    """Refuses to continue a run with other settings than its own.

    Raises:
        XverifyError: names every setting that differs.
    """
    found = differences(journal.recipe, recipe)
    if journal.device != device.type:
        found.append(f"device {journal.device}, not {device.type}")
    if found:
        raise XverifyError(
            f"The run was started with {'; '.join(found)}.",
            "Leave these options out to continue with the run's own values, or start a new run in another folder.",
        )
    _require_lengthening(journal, recipe)


def _require_lengthening(journal: Journal, recipe: Recipe) -> None:
    before, trained = journal.recipe, len(journal.epochs)
    if recipe.epochs < trained:
        raise XverifyError(
            f"The run has trained {trained} epochs already; --epochs {recipe.epochs} is fewer.",
            "--resume can lengthen a run, or end it after the epochs it has.",
        )
    if recipe.epochs != before.epochs and (before.schedule != "constant" or before.warmup):
        raise XverifyError(
            f"The learning rate of this run follows a schedule of {before.epochs} epochs, not {recipe.epochs}.",
            "A run with a schedule cannot be lengthened or ended early: start a new run in another folder.",
        )

"""The recipes that have a name, and their ingredients: what can be left out of one to see what it is worth.

docs/explanation/training.md has the measured effect of each.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from xverify.errors import XverifyError
from xverify.training.recipe import Recipe, changed

PUBLISHED = Recipe()
"""The study's: Adam at 0.0005, batches of 60, cross-entropy, nothing else."""

MODERN = Recipe(
    epochs=20,
    batch_size=128,
    learning_rate=0.05,
    precision="auto",
    optimizer="sgd",
    momentum=0.9,
    nesterov=True,
    weight_decay=0.0005,
    decay_all=False,
    schedule="one_cycle",
    warmup=0.2,
    crop=4,
    flip=True,
    label_smoothing=0.1,
    average=0.998,
    convolution="auto",
)
"""Ours, for the same network: it changes how the network is trained, and nothing that is exported."""

RECIPES: Mapping[str, Recipe] = {"published": PUBLISHED, "modern": MODERN}

INGREDIENTS: Mapping[str, Mapping[str, Any]] = {
    "crop": {"crop": 0},
    "flip": {"flip": False},
    "schedule": {"schedule": "constant", "warmup": 0.0},
    "warmup": {"warmup": 0.0},
    "smoothing": {"label_smoothing": 0.0},
    "average": {"average": 0.0},
    "decay": {"weight_decay": 0.0},
    "selective-decay": {"decay_all": True},
    "nesterov": {"nesterov": False},
    "optimizer": {
        "optimizer": "adam",
        "learning_rate": 0.0005,
        "momentum": 0.0,
        "nesterov": False,
        "weight_decay": 0.0,
    },
    "precision": {"precision": "fp32"},
    "channels-last": {"channels_last": False},
    "winograd": {"convolution": "direct"},
    "dropout": {"network": "5-3-norm"},
}
"""What to change to leave an ingredient out. Without its optimizer a recipe has the published one, decay and rate."""


def named_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        XverifyError: there is none.
    """
    if name not in RECIPES:
        raise XverifyError(f"'{name}' is no recipe.", f"Known recipes: {', '.join(RECIPES)}.")
    return RECIPES[name]


def without(recipe: Recipe, ingredients: Iterable[str]) -> Recipe:
    """The recipe with ingredients left out.

    Raises:
        XverifyError: an unknown ingredient, or one that the recipe does not have: leaving it out would change nothing,
            and a table would say that it is worth nothing.
    """
    for name in ingredients:
        if name not in INGREDIENTS:
            raise XverifyError(f"'{name}' is no ingredient.", f"Known ingredients: {', '.join(INGREDIENTS)}.")
        lesser = changed(recipe, dict(INGREDIENTS[name]))
        if lesser == recipe:
            raise XverifyError(f"The recipe has no '{name}' to leave out.", "Leave out what it has.")
        recipe = lesser
    return recipe

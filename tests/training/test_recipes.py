from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW

from xverify.errors import XverifyError
from xverify.training.optimizers import make_optimizer
from xverify.training.recipe import Recipe, changed
from xverify.training.recipes import INGREDIENTS, MODERN, PUBLISHED, named_recipe, without
from xverify.training.settings import Settings, chosen_recipe, differences

CPU = torch.device("cpu")


def test_the_published_recipe_is_plain_adam_at_the_published_rate() -> None:
    assert named_recipe("published") is PUBLISHED
    assert (PUBLISHED.learning_rate, PUBLISHED.batch_size, PUBLISHED.optimizer) == (0.0005, 60, "adam")
    assert not any((PUBLISHED.weight_decay, PUBLISHED.crop, PUBLISHED.flip, PUBLISHED.average))


def test_both_recipes_are_valid_and_train_the_same_network() -> None:
    assert [changed(recipe, {}) for recipe in (PUBLISHED, MODERN)] == [PUBLISHED, MODERN]
    assert PUBLISHED.network == MODERN.network == "5-3-dropout-norm"


@pytest.mark.parametrize("name", INGREDIENTS)
def test_leaving_an_ingredient_out_changes_what_it_names(name: str) -> None:
    found = differences(MODERN, without(MODERN, [name])) if without(MODERN, [name]) != MODERN else []

    assert len(found) == len({key for key, value in INGREDIENTS[name].items() if getattr(MODERN, key) != value})
    assert found


def test_what_a_recipe_does_not_have_cannot_be_left_out() -> None:
    with pytest.raises(XverifyError, match="no 'crop' to leave out"):
        without(PUBLISHED, ["crop"])
    with pytest.raises(XverifyError, match="'crp' is no ingredient") as caught:
        without(MODERN, ["crp"])
    assert "crop" in caught.value.hint


def test_an_unknown_recipe_lists_the_known_ones() -> None:
    with pytest.raises(XverifyError, match="'moderm'") as caught:
        named_recipe("moderm")

    assert "published, modern" in caught.value.hint


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs: expected `int` >= 1"),
        ({"learning_rate": -1.0}, "learning_rate: expected `float` > 0"),
        ({"average": 1.0}, "average: expected `float` < 1"),
        ({"batch_size": "large"}, "batch_size: expected `int`, got `str`"),
        ({"optimizer": "lion"}, "optimizer: invalid enum value 'lion'"),
        ({"network": "4-3"}, "no CIFAR-10 network 4-3"),
        ({"nesterov": True}, "nesterov = true needs optimizer = sgd"),
        ({"momentum": 0.9}, "adam has no momentum"),
        ({"convolution": "winograd", "precision": "bf16"}, "winograd computes in float32"),
    ],
)
def test_values_that_make_no_sense_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(XverifyError, match=message):
        changed(PUBLISHED, changes)


def test_settings_go_on_top_of_the_named_recipe_or_of_the_resumed_one() -> None:
    before = Recipe(batch_size=7, seed=3)

    assert chosen_recipe(Settings(), None, CPU) == PUBLISHED
    assert chosen_recipe(Settings(changes={"epochs": 2}), before, CPU) == Recipe(batch_size=7, seed=3, epochs=2)
    modern = chosen_recipe(Settings("modern", ("crop",), {"seed": 4, "precision": "fp32"}), before, CPU)
    assert differences(modern, MODERN) == [
        "seed 4, not 0",
        "precision fp32, not auto",
        "crop 0, not 4",
        "convolution winograd, not auto",
    ]


def a_network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))


def test_norms_and_biases_decay_only_where_the_recipe_says_so() -> None:
    network = a_network()
    selective = make_optimizer(network, Recipe(weight_decay=0.1, decay_all=False), CPU).param_groups
    everything = make_optimizer(network, Recipe(weight_decay=0.1), CPU).param_groups

    assert [group["weight_decay"] for group in selective] == [0.1, 0.0]
    assert [[tuple(p.shape) for p in group["params"]] for group in selective] == [
        [(4, 3, 3, 3), (2, 4)],
        [(4,)] * 3 + [(2,)],
    ]
    assert [(group["weight_decay"], len(group["params"])) for group in everything] == [(0.1, 6)]


def test_the_optimizer_is_the_named_one() -> None:
    kinds = {"adam": Adam, "adamw": AdamW, "sgd": SGD}

    made = {name: type(make_optimizer(a_network(), changed(PUBLISHED, {"optimizer": name}), CPU)) for name in kinds}

    assert made == kinds
    sgd = make_optimizer(a_network(), MODERN, CPU).param_groups[0]
    assert (sgd["momentum"], sgd["nesterov"]) == (0.9, True)

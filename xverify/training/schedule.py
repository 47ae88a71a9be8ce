"""The learning rate as a function of the step alone: nothing to store, and a resumed run continues on the same curve."""

import math

from xverify.training.recipe import Recipe


def learning_rate_at(recipe: Recipe, step: int, steps: int) -> float:
    """The rate of step `step` (from 0) of a run of `steps` steps.

    It rises to the recipe's rate in the first `warmup` of the steps and follows the schedule in the others. The rate of
    a step is that of its middle: neither the first nor the last step is lost to a rate of zero.
    """
    place = (step + 0.5) / steps
    if place < recipe.warmup:
        return recipe.learning_rate * place / recipe.warmup
    if recipe.schedule == "constant":
        return recipe.learning_rate
    left = (1 - place) / (1 - recipe.warmup)  # from 1 down to 0
    fraction = left if recipe.schedule == "one_cycle" else (1 - math.cos(math.pi * left)) / 2
    return recipe.learning_rate * fraction

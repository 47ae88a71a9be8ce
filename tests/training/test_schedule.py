from itertools import pairwise

import pytest

from xverify.training.recipe import Recipe, ScheduleName
from xverify.training.schedule import learning_rate_at


def rates(schedule: ScheduleName, warmup: float, steps: int = 20) -> list[float]:
    recipe = Recipe(learning_rate=0.4, schedule=schedule, warmup=warmup)
    return [learning_rate_at(recipe, step, steps) for step in range(steps)]


def test_without_a_schedule_the_rate_is_constant() -> None:
    assert set(rates("constant", 0.0)) == {0.4}


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle"])
def test_the_warm_up_is_a_straight_line_from_zero(schedule: ScheduleName) -> None:
    assert rates(schedule, 0.25)[:5] == pytest.approx([0.04, 0.12, 0.2, 0.28, 0.36])


def test_one_cycle_falls_in_a_straight_line_to_zero() -> None:
    falling = rates("one_cycle", 0.2)[4:]

    assert falling[0] == pytest.approx(0.4 * 15.5 / 16)
    assert [a - b for a, b in pairwise(falling)] == pytest.approx([0.025] * 15)
    assert falling[-1] == pytest.approx(0.0125)


def test_cosine_falls_slowly_at_both_ends_and_is_half_way_in_the_middle() -> None:
    falling = rates("cosine", 0.0, steps=21)

    assert falling[10] == pytest.approx(0.2)
    assert falling[0] > 0.99 * 0.4
    assert 0 < falling[-1] < 0.001
    assert falling == sorted(falling, reverse=True)

from pathlib import Path

import pytest

from xverify.errors import XverifyError
from xverify.models.cifar import parse_network
from xverify.training.experiment_file import Experiment, Row, read_experiment
from xverify.training.experiment_plan import make_plan
from xverify.training.recipe import FIELDS, Recipe, changed
from xverify.training.recipes import MODERN, RECIPES, without

EXPERIMENTS = Path(__file__).parents[2] / "experiments"

# row: learning rate, batch, epochs, convolutions-linears, optimizer, weight decay, dropout, batch norm, accuracy
PUBLISHED_TABLE = """
 1 0.001  64 25 12-4 adam no  no  no  69
 2 0.0005 99 30 12-1 adam no  no  no  73
 3 0.0005 99 30 12-1 sgd  no  no  no  67
 4 0.0005 99 30 12-3 adam no  no  no  73
 5 0.0005 60 18 12-3 adam no  no  no  74
 6 0.0005 60 18 7-3  adam no  no  no  79
 7 0.0005 60 30 6-3  adam no  no  no  80
 8 0.0001 60 20 6-3  adam no  no  no  66
 9 0.0005 60 20 6-3  adam yes no  no  69
10 0.0005 60 20 5-3  adam yes no  no  66
11 0.0005 60 20 5-3  adam no  yes no  80
12 0.0005 60 20 7-3  adam no  yes no  81
13 0.0005 60 20 8-3  adam no  yes no  81
14 0.0005 60 20 8-3  adam no  yes yes 83
15 0.0005 60 20 8-3  adam no  no  yes 84
"""


def read(tmp_path: Path, text: str) -> Experiment:
    path = tmp_path / "rows.toml"
    path.write_text(text)
    return read_experiment(path)


def words_of(row: Row) -> list[str]:
    recipe = row.recipe
    network = parse_network(recipe.network)
    numbers = [str(row.number), f"{recipe.learning_rate:g}", str(recipe.batch_size), str(recipe.epochs)]
    yes = ["yes" if flag else "no" for flag in (recipe.weight_decay, network.dropout, network.norm)]
    return [*numbers, f"{network.convolutions}-{network.linears}", recipe.optimizer, *yes, f"{row.published:g}"]


def test_the_published_table_is_in_the_repository_as_published() -> None:
    experiment = read_experiment(EXPERIMENTS / "published.toml")

    rows = [words_of(row) for row in experiment.rows]

    assert rows == [line.split() for line in PUBLISHED_TABLE.strip().splitlines()]


def test_the_ablation_leaves_out_one_ingredient_a_row_and_sees_no_test_image() -> None:
    experiment = read_experiment(EXPERIMENTS / "ablation.toml")
    recipes = [row.recipe for row in experiment.rows]

    assert (experiment.judge, experiment.seeds) == ("held-out", (0, 1))
    assert {recipe.epochs for recipe in recipes} == {8}
    assert len(set(map(str, recipes))) == len(recipes)
    assert recipes[1].crop == 0
    assert recipes[1].flip


def test_the_two_recipes_are_compared_on_equal_terms() -> None:
    experiment = read_experiment(EXPERIMENTS / "recipes.toml")
    published, modern = (row.recipe for row in experiment.rows)

    assert (experiment.judge, experiment.seeds) == ("test", (0, 1, 2))
    assert published.network == modern.network
    terms = {"epochs": 20, "precision": "auto", "convolution": "auto"}
    assert published == changed(RECIPES["published"], terms)
    assert modern == changed(RECIPES["modern"], terms)


def test_the_candidates_change_one_thing_of_the_modern_recipe_and_see_no_test_image() -> None:
    experiment = read_experiment(EXPERIMENTS / "candidates.toml")
    first, *others = (row.recipe for row in experiment.rows)

    assert experiment.judge == "held-out"
    assert first == MODERN
    changes = [{name for name in FIELDS if getattr(recipe, name) != getattr(MODERN, name)} for recipe in others]
    schedule = {"schedule", "warmup"}  # without a schedule, nothing is warmed up
    assert changes == [schedule, {"crop"}, {"schedule"}, {"learning_rate"}, {"average"}]


def test_rows_take_defaults_and_their_own_keys_win(tmp_path: Path) -> None:
    text = "seeds = [1, 2]\n[defaults]\nbatch_size = 7\nepochs = 5\n[[rows]]\nepochs = 9\n"
    text += '[[rows]]\nrecipe = "modern"\nwithout = ["crop", "flip"]\nlabel = "still"'
    first, second = read(tmp_path, text).rows

    assert first.recipe == Recipe(batch_size=7, epochs=9)
    assert first.label == "5-3-dropout-norm adam"
    assert (second.label, second.recipe.batch_size) == ("still", 7)
    assert second.recipe.optimizer == without(MODERN, ["crop", "flip"]).optimizer
    assert (second.recipe.crop, second.recipe.flip) == (0, False)


def test_a_plan_has_a_run_for_every_row_and_seed_and_scales_the_epochs(tmp_path: Path) -> None:
    experiment = read(tmp_path, "seeds = [4, 9]\n[[rows]]\nepochs = 30\n[[rows]]\nepochs = 2\n")

    runs = make_plan(experiment, 0.1).runs

    assert [run.folder for run in runs] == ["row-01-seed-4", "row-01-seed-9", "row-02-seed-4", "row-02-seed-9"]
    assert [(run.recipe.seed, run.recipe.epochs) for run in runs] == [(4, 3), (9, 3), (4, 1), (9, 1)]


def test_the_example_of_the_documentation_is_read(tmp_path: Path) -> None:
    page = (EXPERIMENTS.parent / "docs" / "how-to" / "train.md").read_text(encoding="utf-8")
    (example,) = [block for block in page.split("```\n") if block.startswith("title = ")]

    rows = read(tmp_path, example).rows

    assert [row.label for row in rows] == ["as it is", "batches of 256", "modern without crop, flip"]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[[rows]]\n[[rows]]\nepochs = 3\nbatchsize = 4",
         "line 4, row 2: the key 'batchsize' is unknown. Did you mean 'batch_size'", "average, batch_size"),
        ("[[row]]\nepochs = 3", r"line 1: the key 'row' is unknown. Did you mean 'rows'", "defaults, judge, rows"),
        ("titel = 'x'\n[[rows]]", "line 1: the key 'titel' is unknown", "title"),
        ("[defaults]\nlr = 1\n[[rows]]", "line 2, defaults: the key 'lr' is unknown", "learning_rate"),
        ("[[rows]]\nseed = 3", "line 2, row 1: the key 'seed' is unknown", "Known keys"),
        ("[[rows]]\n[[rows]]\nepochs = 'ten'", "line 3, row 2: The recipe is not valid: epochs: expected `int`", ""),
        ("[defaults]\nepochs = 0\n[[rows]]", "line 2, row 1: The recipe is not valid: epochs", ""),
        ("[[rows]]\nnetwork = '4-3'", "line 2, row 1: There is no CIFAR-10 network 4-3", "5 to 16"),
        ("[[rows]]\nepochs = 1\nwithout = ['crp']\nrecipe = 'modern'", "line 3, row 1: 'crp' is no ingredient", "crop"),
        ("[[rows]]\nrecipe = 'new'", "line 2, row 1: 'new' is no recipe", "published, modern"),
        ("[[rows]]\npublished = 184", "line 2, row 1: published: Expected `float` <= 100", ""),
        ("[[rows]]\nwithout = 'crop'", "line 2, row 1: without: Expected `array`", ""),
        ("judge = 'me'\n[[rows]]", "line 1: judge: Invalid enum value 'me'", ""),
        ("seeds = []\n[[rows]]", "line 1: seeds: Expected `array` of length >= 1", ""),
        ("seeds = [1, 1]\n[[rows]]", "a seed stands twice", ""),
        ("title = 'x'", r"has no \[\[rows\]\]", ""),
        ("[[rows]]\nepochs = = 3", "no valid TOML: .*line 2", ""),
        ("[[rows]]\n[rows.extra]\nx = 1", "row 1: the key 'extra' is unknown", "Known keys"),
    ],
)  # fmt: skip
def test_a_typo_is_named_with_its_line_and_the_known_keys(tmp_path: Path, text: str, message: str, hint: str) -> None:
    with pytest.raises(XverifyError, match=message) as caught:
        read(tmp_path, text)

    assert hint in caught.value.hint
    assert "rows.toml" in caught.value.message


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match=r"none\.toml cannot be read: No such file"):
        read_experiment(tmp_path / "none.toml")

"""Reads an experiments file: TOML whose rows are recipes. Strict, because a misspelt key would train for hours as another.

title = "..."              # heads the table
judge = "test"             # or "held-out": the test images stay unseen
seeds = [0]                # every row is trained once a seed
[defaults]                 # keys of every row that does not give its own
[[rows]]
label = "..."              # otherwise what the row's keys say
recipe = "published"       # the named recipe that the row starts from
without = ["crop"]         # ingredients that are left out
published = 84             # an accuracy in percent to stand beside ours
epochs = 20                # any field of the recipe
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from xverify.errors import XverifyError
from xverify.training.recipe import FIELDS, Recipe, changed
from xverify.training.recipes import named_recipe, without

Judge = Literal["test", "held-out"]

ROW_KEYS = ("label", "recipe", "without", "published", *(name for name in FIELDS if name != "seed"))
FILE_KEYS = ("title", "judge", "seeds", "defaults", "rows")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row: a recipe, at full length and seed 0. `number` counts from 1; `published` is in percent."""

    number: int
    label: str
    recipe: Recipe
    published: float | None = None


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file."""

    title: str
    judge: Judge
    seeds: tuple[int, ...]
    rows: tuple[Row, ...]


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    title: str = "Experiment"
    judge: Judge = "test"
    seeds: Annotated[tuple[int, ...], Meta(min_length=1)] = (0,)
    defaults: dict[str, Any] = {}
    rows: Annotated[tuple[dict[str, Any], ...], Meta(min_length=1)] = ()


class _RowHead(msgspec.Struct, frozen=True, kw_only=True):
    label: str = ""
    recipe: str = "published"
    without: tuple[str, ...] = ()
    published: Annotated[float, Meta(ge=0, le=100)] | None = None


def read_experiment(path: Path) -> Experiment:
    """The experiment that a file describes, every recipe of it checked.

    Raises:
        XverifyError: no such file, no TOML, an unknown key or a value that it does not take: with the line, and the known
            keys.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise XverifyError(f"{path} cannot be read: {reason}.", "Give a TOML file with [[rows]].") from error
    except tomllib.TOMLDecodeError as error:
        raise XverifyError(f"{path} is no valid TOML: {error}.", "Mend that line.") from error
    return _Reader(path, text).experiment(content)


class _Reader:
    """Turns a file's tables into records, and knows where in the file each key stands."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def experiment(self, content: dict[str, Any]) -> Experiment:
        self._require_known(content, FILE_KEYS, "")
        head = self._checked(content, _Head, "", content)
        if not head.rows:
            raise XverifyError(f"{self._path} has no [[rows]].", "Each [[rows]] is one network to train.")
        if len(set(head.seeds)) != len(head.seeds):
            raise XverifyError(f"{self._path}: a seed stands twice in {list(head.seeds)}.", "Give each seed once.")
        self._require_known(head.defaults, ROW_KEYS, "defaults")
        rows = tuple(self._row(number, head.defaults, own) for number, own in enumerate(head.rows, start=1))
        return Experiment(title=head.title, judge=head.judge, seeds=head.seeds, rows=rows)

    def _row(self, number: int, defaults: Mapping[str, Any], own: Mapping[str, Any]) -> Row:
        place = f"row {number}"
        self._require_known(own, ROW_KEYS, place)
        table = {**defaults, **own}
        about = {key: value for key, value in table.items() if key in _RowHead.__struct_fields__}
        head = self._checked(about, _RowHead, place, own)
        fields = {key: value for key, value in table.items() if key in FIELDS}
        try:
            recipe = changed(without(named_recipe(head.recipe), head.without), fields)
        except XverifyError as error:
            raise self._at(place, _blamed(table, error.message), own, error.message, error.hint) from error
        lacking = f"{head.recipe} without {', '.join(head.without)}" if head.without else default_label(recipe)
        return Row(number=number, label=head.label or lacking, recipe=recipe, published=head.published)

    def _require_known(self, table: Mapping[str, Any], known: Iterable[str], place: str) -> None:
        keys = tuple(known)
        for key in table:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, n=1)
                meant = f" Did you mean '{near[0]}'?" if near else ""
                raise self._at(
                    place, key, table, f"the key '{key}' is unknown.{meant}", f"Known keys: {', '.join(sorted(keys))}."
                )

    def _checked(self, table: Mapping[str, Any], kind: type[Any], place: str, own: Mapping[str, Any]) -> Any:
        try:
            return msgspec.convert(table, kind)
        except msgspec.ValidationError as error:
            text, _, where = str(error).partition(" - at `$.")
            key = re.split(r"[.\[`]", where)[0]
            raise self._at(place, key, own, f"{key}: {text}.", "Change the value.") from error

    def _at(self, place: str, key: str, own: Mapping[str, Any], message: str, hint: str) -> XverifyError:
        line = self._line(place if key in own or not place.startswith("row") else "defaults", key)
        where = ", ".join(part for part in (f"line {line}" if line else "", place) if part)
        return XverifyError(f"{self._path}, {where}: {message}" if where else f"{self._path}: {message}", hint)

    def _line(self, place: str, key: str) -> int | None:
        """The line of a key in a table: "" for the top, "defaults", or "row N"; tomllib does not tell."""
        here, rows = "", 0
        for number, line in enumerate(self._lines, start=1):
            header = re.match(r"\s*\[+\s*([\w-]+)\s*\]+", line)
            if header:
                rows += header[1] == "rows"
                here = f"row {rows}" if header[1] == "rows" else header[1]
                if place == "" and header[1] == key:
                    return number
            elif here == place and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line):
                return number
        return None


def _blamed(table: Mapping[str, Any], message: str) -> str:
    """The key that an error is about: the one that it names, or whose value it names."""
    words = set(re.findall(r"[\w-]+", message))
    for key, value in table.items():
        values = value if isinstance(value, list) else [value]
        if key in words or any(isinstance(item, str) and item in words for item in values):
            return key
    return next(iter(table), "recipe")


def default_label(recipe: Recipe) -> str:
    """What a row is called that leaves nothing out and has no label of its own."""
    return f"{recipe.network} {recipe.optimizer}"
